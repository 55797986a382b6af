import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { fail, messageOf, sha256Hex } from "../base/index.js";
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
