/** Tables and series of the npm package `vega-datasets`. */
import { join } from "node:path";
import type { DataOptions, Dataset } from "./dataset.js";
import { packageFolder } from "./package-folder.node.js";
import { DEFAULT_LAGS } from "./series.js";
import { openTableFile } from "./table-file.node.js";
import type { VegaEntry } from "./vega-registry.js";

/**
 * Opens an entry of the registry with its default target, or with another one (then nothing is dropped
 * but what the options say). `lags` makes a table a series.
 */
export async function openVega(entry: VegaEntry, options: DataOptions = {}): Promise<Dataset> {
  const path = join(packageFolder("vega-datasets", "vega-datasets", "../data"), entry.file);
  const own = options.target === undefined || options.target === entry.target;
  const lags = entry.kind === "series" ? (entry.lags ?? DEFAULT_LAGS) : undefined;
  return openTableFile(
    path,
    {
      ...options,
      target: options.target ?? entry.target,
      task: options.task ?? (own ? entry.task : undefined),
      drop: [...(own ? (entry.drop ?? []) : []), ...(options.drop ?? [])],
      lags: options.lags ?? lags,
    },
    {
      name: entry.name,
      source: `npm package vega-datasets, ${entry.file}`,
      group: entry.group,
      time: entry.time,
    },
  );
}
