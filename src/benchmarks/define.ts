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
  /**
   * Epochs of the trainings that `search` tells of. Tables may have the same columns after fewer epochs, which have their
   * number behind the name: `val_acc_12` beside `val_acc_200`, or `cifar10_val_12` beside `cifar10_val`.
   */
  readonly epochs?: number;
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

/** Networks after a number of epochs. */
export interface Fidelity {
  readonly epochs: number;
  /** By network; what the search is told. */
  readonly search: Float64Array;
  /**
   * Seconds of training so far; absent where the table has none. Where it has those of the full training alone, an epoch
   * takes its share of them.
   */
  readonly seconds: Float64Array | undefined;
}

/** A benchmark's view of a table: look-ups by the number of a network. */
export interface Lookup {
  readonly view: View;
  /** By network; what the search is told. */
  readonly search: Float64Array;
  readonly report: Float64Array;
  /** Seconds of training; absent where the table has none. */
  readonly seconds: Float64Array | undefined;
  /** What is known of shorter trainings, in ascending order; the last one is the full training. */
  readonly fidelities: readonly Fidelity[];
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
  const places = table.keys.map(
    (key, row) =>
      benchmark.indexOfKey(key) ??
      refuse("table_key", `row ${row + 1}`, `a network of ${benchmark.name}`, key, "is this its table?"),
  );
  const byNetwork = (column: Float64Array): Float64Array => {
    const out = new Float64Array(size).fill(Number.NaN);
    places.forEach((at, row) => {
      out[at] = column[row] ?? Number.NaN;
    });
    return out;
  };
  const whole = (column: Float64Array, what: string): Float64Array => {
    const out = byNetwork(column);
    const missing = out.reduce((n, value) => n + (Number.isNaN(value) ? 1 : 0), 0);
    if (missing > 0)
      refuse("table_incomplete", what, `numbers for all ${size} networks`, `none for ${missing} of them`);
    return out;
  };
  const search = whole(searched, benchmark.name);
  const report = whole(reported, benchmark.name);
  const seconds = timed === undefined ? undefined : byNetwork(timed);
  const fidelities = [
    ...shorter(table, view).map(({ epochs, column, time }): Fidelity => {
      const share = epochs / (view.epochs ?? epochs);
      return {
        epochs,
        search: whole(column, `${benchmark.name}, ${epochs} epochs`),
        seconds: time === undefined ? seconds?.map((it) => it * share) : byNetwork(time),
      };
    }),
    { epochs: view.epochs ?? 1, search, seconds },
  ];
  let best = 0;
  for (let i = 1; i < size; i++) if ((search[i] ?? 0) > (search[best] ?? 0)) best = i;
  return {
    view,
    search,
    report,
    seconds,
    fidelities,
    optimum: {
      search: search[best] ?? Number.NaN,
      reportOfBest: report[best] ?? Number.NaN,
      report: report.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    },
  };
}

/** Columns of a view after fewer epochs than all, in ascending order. */
function shorter(table: Table, view: View) {
  const { epochs: all } = view;
  if (all === undefined) return [];
  const base = (name: string) => (name.endsWith(`_${all}`) ? name.slice(0, -`_${all}`.length) : name);
  const after = (names: readonly string[], epochs: number) =>
    names.map((name) => table.columns.get(`${base(name)}_${epochs}`)).find((it) => it !== undefined);
  const counts = new Set<number>();
  for (const column of table.columns.keys()) {
    const [, name = "", epochs = ""] = /^(.*)_([1-9]\d*)$/.exec(column) ?? [];
    if (view.search.some((it) => base(it) === name) && Number(epochs) < all) counts.add(Number(epochs));
  }
  return [...counts]
    .sort((a, b) => a - b)
    .flatMap((epochs) => {
      const column = after(view.search, epochs);
      return column === undefined ? [] : [{ epochs, column, time: after(view.seconds ?? [], epochs) }];
    });
}
