/** From files of arrays to a data set: find the pairs, open them, build, close. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fail, type Issue, unwrap } from "../base/index.js";
import { buildArrays } from "./array-dataset.js";
import { type NamedPair, pairUp, roleOf } from "./array-names.js";
import type { StoredArray } from "./array-rows.js";
import { type Bytes, openBytes } from "./bytes.node.js";
import { type DataOptions, type Dataset, DEFAULT_MEMORY_BOUND_BYTES } from "./dataset.js";
import type { ArrayHeader } from "./elements.js";
import { openPacked } from "./pack.node.js";

/** A file format of single arrays. */
export interface ArrayFormat {
  readonly kind: string;
  /** Which names of a folder may be such files. */
  readonly matches: RegExp;
  readonly headerBytes: number;
  parse(start: Uint8Array): ArrayHeader | Issue;
}

/** Reads an array's header and checks it; `bytes` stay open. */
export async function storedArray(path: string, bytes: Bytes, format: ArrayFormat): Promise<StoredArray> {
  const start = await bytes.read(0, Math.min(bytes.length, format.headerBytes));
  return { path, header: unwrap(format.parse(start), path), bytes };
}

/**
 * A folder of array files, or one of its files of inputs; targets are found by name.
 * Errors: `missing_labels`, `several_datasets`, and those of the format and of the arrays.
 */
export async function openArrayFiles(
  path: string,
  options: DataOptions,
  format: ArrayFormat,
): Promise<Dataset> {
  const folder = (await stat(path)).isDirectory();
  const root = folder ? path : dirname(path);
  const names = (await readdir(root)).filter((name) => format.matches.test(name)).sort();
  const pairs = folder ? folderPairs(root, names) : filePairs(path, names);
  const files = pairs.flatMap(({ x, y }) => [x, y]);
  const stamps = await Promise.all(
    files.map(async (name) => {
      const { size, mtimeMs } = await stat(join(root, name));
      return [name, size, mtimeMs];
    }),
  );
  const { seed, task, flip } = options;
  const request = {
    kind: format.kind,
    name: basename(resolve(path)),
    source: path,
    key: { root: resolve(root), stamps, seed, task, flip },
  };
  return openPacked(request, options, async (begin) => {
    const opened: Bytes[] = [];
    const open = async (name: string) => {
      const file = join(root, name);
      const bytes = await openBytes(
        file,
        options.memoryBoundBytes ?? DEFAULT_MEMORY_BOUND_BYTES,
        options.signal,
      );
      opened.push(bytes);
      return storedArray(file, bytes, format);
    };
    try {
      const parts = [];
      for (const { x, y, split } of pairs) parts.push({ split, x: await open(x), y: await open(y) });
      return await buildArrays(parts, { ...options, target: undefined }, begin);
    } finally {
      for (const bytes of opened) await bytes.close();
    }
  });
}

function folderPairs(root: string, names: readonly string[]): NamedPair[] {
  const groups = [...pairUp(names).values()];
  const [pairs] = groups;
  if (pairs && groups.length === 1) return pairs;
  if (!pairs) return noLabels(root, names);
  return fail("several_datasets", {
    path: root,
    expected: "one set of inputs and targets",
    received: groups.map(([pair]) => pair?.x).join(", "),
    hint: "give the path of one file of inputs",
  });
}

/** With training inputs come the other splits of the same name; other inputs stand alone. */
function filePairs(path: string, names: readonly string[]): NamedPair[] {
  const name = basename(path);
  const role = roleOf(name);
  const pairs = pairUp(names).get(role?.group ?? "") ?? [];
  const own = pairs.find(({ x, y }) => x === name || y === name);
  if (!own) return noLabels(path, names);
  return own.split === "train" ? pairs : [{ ...own, split: undefined }];
}

export function noLabels(path: string, names: readonly string[]): never {
  return fail("missing_labels", {
    path,
    expected: "inputs and targets named alike, such as x and y, x_train and y_train, or images and labels",
    received: names.length > 0 ? names.slice(0, 10).join(", ") : "no such files",
  });
}
