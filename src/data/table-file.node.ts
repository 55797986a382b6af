/** Opening a table that is a file: CSV, Parquet, JSON or JSON Lines, by its name and first bytes. */
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { openCsv } from "./csv.node.js";
import type { DataOptions, Dataset } from "./dataset.js";
import { openJson, openJsonLines } from "./json-rows.node.js";
import { openPacked } from "./pack.node.js";
import { openParquet } from "./parquet.node.js";
import { buildSeries, type SeriesColumns } from "./series.js";
import { buildTable, type TableSource } from "./table.js";

/** What is known of a table beside its file. */
export interface TableHints extends SeriesColumns {
  readonly name?: string;
  readonly source?: string;
}

/** A table; a series where `options.lags` is given. Errors: those of the format, the target, the columns. */
export async function openTableFile(
  path: string,
  options: DataOptions,
  hints: TableHints = {},
): Promise<Dataset> {
  const { size, mtimeMs } = await stat(path);
  const { target, task, seed, drop, lags } = options;
  const { group, time } = hints;
  const request = {
    kind: lags === undefined ? "table" : "series",
    name: hints.name ?? basename(path),
    source: hints.source ?? path,
    key: { path: resolve(path), size, mtimeMs, target, task, seed, drop, lags, group, time },
  };
  return openPacked(request, options, async (begin) => {
    const source = await tableSource(path, options.signal);
    return lags === undefined
      ? buildTable(source, options, begin)
      : buildSeries(source, options, { group, time }, begin);
  });
}

async function tableSource(path: string, signal: AbortSignal | undefined): Promise<TableSource> {
  if (/\.(parquet|pq)$/i.test(path)) return openParquet(path);
  if (/\.json$/i.test(path)) return openJson(path);
  if (/\.(jsonl|ndjson)(\.gz)?$/i.test(path)) return openJsonLines(path, signal);
  return openCsv(path, signal);
}
