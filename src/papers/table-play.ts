import { meanOf, rngOf } from "../base/index.js";
import { bindTable, type Lookup, nb201Benchmark, openTable } from "../benchmarks/index.js";
import type { StrategyDefinition, StrategyOptions } from "../strategies/index.js";
import type { Run } from "./reproduction.js";

/** What a strategy proposed on a table, one entry a proposal, repeated ones included. */
export interface Play {
  /** What the strategy was told. */
  readonly told: readonly number[];
  /** What the table reports for the proposal. */
  readonly reported: readonly number[];
  /** Different networks. */
  readonly distinct: number;
}

/** NAS-Bench-201's table on one of its data sets. */
export async function nb201Lookup(
  { file, cacheDir }: Pick<Run, "file" | "cacheDir">,
  data: "cifar10" | "cifar100" | "imagenet16-120",
): Promise<Lookup> {
  const path = file("nasbench201.csv.gz", "docs/benchmarks.md says where the table comes from");
  const view = nb201Benchmark.views.find(({ name }) => name === data) ?? nb201Benchmark.views[0];
  return bindTable(nb201Benchmark, await openTable(path, { cacheDir }), view);
}

/** A number of proposals on NAS-Bench-201, each told as it comes: a repeated one is told again, and counts. */
export async function playNb201(
  lookup: Lookup,
  strategy: StrategyDefinition,
  options: StrategyOptions,
  proposals: number,
  { seed, runtime, signal }: Pick<Run, "seed" | "runtime" | "signal">,
): Promise<Play> {
  await using searcher = strategy.searcher(options, { seed, runtime });
  const told: number[] = [];
  const reported: number[] = [];
  const seen = new Set<number>();
  for (let trial = 0; trial < proposals; trial++) {
    signal.throwIfAborted();
    const { genotype } = await searcher.ask(nb201Benchmark.schema, rngOf(seed, "ask", trial), trial);
    const index = nb201Benchmark.indexOf(genotype);
    const score = lookup.search[index] ?? Number.NaN;
    seen.add(index);
    told.push(score);
    reported.push(lookup.report[index] ?? Number.NaN);
    searcher.tell({ trial, genotype, score, rung: 0 });
  }
  return { told, reported, distinct: seen.size };
}

/** Of the best by what was told: what is reported. */
export function reportOfBest({ told, reported }: Play): number {
  const best = told.reduce((at, score, i) => (score > (told[at] ?? Number.NEGATIVE_INFINITY) ? i : at), 0);
  return reported[best] ?? Number.NaN;
}

/** Means of runs of `length` proposals, as a curve over their number. */
export function smoothed(values: readonly number[], length: number): (readonly [number, number])[] {
  const points: (readonly [number, number])[] = [];
  for (let end = length; end <= values.length; end += length) {
    points.push([end, meanOf(values.slice(end - length, end))]);
  }
  return points;
}
