/** NumPy's arrays: NPY files that lie side by side, and NPZ archives. */
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { fail } from "../base/index.js";
import { buildArrays } from "./array-dataset.js";
import { type ArrayFormat, noLabels, openArrayFiles, storedArray } from "./array-files.node.js";
import { pairUp } from "./array-names.js";
import type { Bytes } from "./bytes.node.js";
import { type DataOptions, type Dataset, DEFAULT_MEMORY_BOUND_BYTES } from "./dataset.js";
import { NPY_HEADER_BYTES, parseNpyHeader } from "./npy-format.js";
import { openPacked } from "./pack.node.js";
import { unreadable } from "./text-file.node.js";
import { openZip } from "./zip.node.js";

const NPY: ArrayFormat = {
  kind: "npy",
  matches: /\.npy$/i,
  headerBytes: NPY_HEADER_BYTES,
  parse: parseNpyHeader,
};

/** A folder of NPY files, or one file of inputs beside its targets. Errors: see `openArrayFiles`. */
export function openNpy(path: string, options: DataOptions = {}): Promise<Dataset> {
  return openArrayFiles(path, options, NPY);
}

/**
 * An NPZ archive with `x` and `y`, or `x_train`, `y_train`, `x_test`, ... (see `array-names.ts`);
 * `options.target` names another array of targets.
 * Errors: `missing_labels`, `several_datasets`, `corrupt_zip`, and those of the arrays.
 */
export async function openNpz(path: string, options: DataOptions = {}): Promise<Dataset> {
  const { size, mtimeMs } = await stat(path).catch((error: unknown) => unreadable(path, error));
  const { seed, task, flip, target } = options;
  const request = {
    kind: "npz",
    name: basename(path),
    source: path,
    key: { path: resolve(path), size, mtimeMs, seed, task, flip, target },
  };
  return openPacked(request, options, async (begin) => {
    const bound = options.memoryBoundBytes ?? DEFAULT_MEMORY_BOUND_BYTES;
    const zip = await openZip(path);
    const opened: Bytes[] = [];
    try {
      const names = zip.names.map((name) => name.replace(/\.npy$/, ""));
      const groups = [...pairUp(names, target).values()];
      const pairs = groups[0] ?? noLabels(path, names);
      if (groups.length > 1) {
        const received = groups.map(([pair]) => pair?.x).join(", ");
        fail("several_datasets", { path, expected: "one set of inputs and targets", received });
      }
      const open = async (name: string) => {
        const entry = zip.names.includes(`${name}.npy`) ? `${name}.npy` : name;
        const bytes = await zip.open(entry, bound);
        opened.push(bytes);
        return storedArray(`${path}/${name}`, bytes, NPY);
      };
      const parts = [];
      for (const { x, y, split } of pairs) parts.push({ split, x: await open(x), y: await open(y) });
      return await buildArrays(parts, options, begin);
    } finally {
      for (const bytes of opened) await bytes.close();
      await zip.close();
    }
  });
}
