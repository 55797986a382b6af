import type { Schema } from "../schema/index.js";
import { columnOf, refuse, type Table } from "./table.js";

/** One task of a benchmark: which numbers a search sees, and which are reported of what it found. */
export interface View {
  readonly name: string;
  /** Column that the search is told, by the names that tables give it; higher is better. */
  readonly search: readonly string[];
  /** Column that is reported of the network with the best search value. */
  readonly report: readonly string[];
  /** Column with the seconds that a training takes, where tables may have one. */
  readonly seconds?: readonly string[];
}

/** A search space whose networks have all been trained: searching it means looking things up. */
export interface Benchmark {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly schema: Schema<unknown>;
  /** How its decisions make a network, in words. */
  readonly wiring?: string;
  /** Networks of the space. */
  readonly size: number;
  /** The first is the default. */
  readonly views: readonly [View, ...View[]];
  /** What is searched on and what is reported, in a sentence. */
  readonly protocol: string;
  /** Number of a genotype, from 0 to size - 1; genotypes that are the same network share one. */
  indexOf(genotype: unknown): number;
  /** Number of a table's key; undefined where the benchmark has no such network. */
  indexOfKey(key: string): number | undefined;
}

/** Declare a benchmark. One file each; add it to `benchmarks/index.ts`. */
export function defineBenchmark(benchmark: Benchmark): Benchmark {
  return benchmark;
}

/** A benchmark's view of a table: look-ups by the number of a network. */
export interface Lookup {
  readonly view: View;
  /** By network; what the search is told. */
  readonly search: Float64Array;
  readonly report: Float64Array;
  /** Seconds of training; absent where the table has none. */
  readonly seconds: Float64Array | undefined;
  /** The best of the whole table: of the searched column, what is reported for it, and the best reported. */
  readonly optimum: { readonly search: number; readonly reportOfBest: number; readonly report: number };
}

/**
 * Bind a table to a benchmark: every network must be there, with the view's numbers.
 * @throws `table_column`, `table_key`, `table_incomplete`
 */
export function bindTable(benchmark: Benchmark, table: Table, view: View): Lookup {
  const searched = columnOf(table, view.search);
  const reported = columnOf(table, view.report);
  const timed = view.seconds?.map((name) => table.columns.get(name)).find((it) => it !== undefined);
  const { size } = benchmark;
  const search = new Float64Array(size).fill(Number.NaN);
  const report = new Float64Array(size).fill(Number.NaN);
  const seconds = timed === undefined ? undefined : new Float64Array(size).fill(Number.NaN);
  for (const [row, key] of table.keys.entries()) {
    const at = benchmark.indexOfKey(key);
    if (at === undefined) {
      refuse("table_key", `row ${row + 1}`, `a network of ${benchmark.name}`, key, "is this its table?");
    }
    search[at] = searched[row] ?? Number.NaN;
    report[at] = reported[row] ?? Number.NaN;
    if (seconds !== undefined) seconds[at] = timed?.[row] ?? Number.NaN;
  }
  const missing = search.reduce((n, value, i) => n + (Number.isNaN(value + (report[i] ?? 0)) ? 1 : 0), 0);
  if (missing > 0) {
    refuse(
      "table_incomplete",
      benchmark.name,
      `numbers for all ${size} networks`,
      `none for ${missing} of them`,
    );
  }
  let best = 0;
  for (let i = 1; i < size; i++) if ((search[i] ?? 0) > (search[best] ?? 0)) best = i;
  return {
    view,
    search,
    report,
    seconds,
    optimum: {
      search: search[best] ?? Number.NaN,
      reportOfBest: report[best] ?? Number.NaN,
      report: report.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    },
  };
}
