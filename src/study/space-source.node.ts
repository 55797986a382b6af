import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { ExitCode, fail, messageOf, sha256Hex } from "../base/index.js";
import { loadModel } from "../onnx/index.js";
import { fromOnnx, type Space, spaceOf } from "../spaces/index.js";
import type { SpaceSource } from "./config.js";

export interface OpenSpaceOptions {
  /** Of an ONNX file: a new last layer, for other classes. */
  readonly replaceHead?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * A space by its name, or the one around an ONNX file, by its path.
 * Errors: an unknown name; what keeps the file from being read or trained; `space_no_sites`.
 */
export async function openSpace(
  nameOrPath: string,
  { replaceHead = false, signal }: OpenSpaceOptions = {},
): Promise<{ readonly space: Space; readonly source: SpaceSource }> {
  if (!nameOrPath.toLowerCase().endsWith(".onnx")) {
    const space = spaceOf(nameOrPath);
    return { space, source: { name: space.name } };
  }
  const path = resolve(nameOrPath);
  const name = basename(path);
  const model = await loadModel(path, { signal });
  const space: Space = fromOnnx(model, { name, replaceHead });
  return { space, source: { name, file: { path, sha256: sha256Hex(await readFile(path)), replaceHead } } };
}

/** The space that a search was given: by name or path, or as it is; none where it was left open. */
export async function spaceGiven(options: {
  readonly space?: string | Space;
  readonly replaceHead?: boolean;
  readonly signal?: AbortSignal;
}): Promise<{ readonly space?: Space; readonly source?: SpaceSource }> {
  const { space, replaceHead = false, signal } = options;
  const opened = typeof space === "string" ? await openSpace(space, { replaceHead, signal }) : undefined;
  if (replaceHead && opened?.source.file === undefined) {
    fail(
      "option_misplaced",
      { path: "replaceHead", hint: "it belongs to an ONNX file that is given as space" },
      { exitCode: ExitCode.usage },
    );
  }
  return opened ?? (typeof space === "object" ? { space } : {});
}

/**
 * The space of a study again.
 * Errors: `space_changed` where its file is another one by now, or gone.
 */
export async function reopenSpace({ name, file }: SpaceSource, signal?: AbortSignal): Promise<Space> {
  if (file === undefined) return spaceOf(name);
  const changed = (received: string): never =>
    fail("space_changed", {
      path: file.path,
      expected: `the file that the study began with (${file.sha256.slice(0, 12)}…)`,
      received,
      hint: "put it back, or begin a new study",
    });
  let sha256: string;
  try {
    sha256 = sha256Hex(await readFile(file.path));
  } catch (error) {
    return changed(messageOf(error));
  }
  if (sha256 !== file.sha256) changed(`${sha256.slice(0, 12)}…`);
  return (await openSpace(file.path, { replaceHead: file.replaceHead, signal })).space;
}
