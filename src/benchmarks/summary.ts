import { meanOf, medianOf, stdOf } from "../base/index.js";
import type { BenchmarkRun } from "./run.js";

export interface RunsSummary {
  readonly mean: number;
  /** Sample standard deviation; 0 for a single run. */
  readonly std: number;
  readonly meanSearch: number;
  /** Median queries until the best network of the table was found, unsuccessful runs counted as infinite. */
  readonly medianQueriesToOptimum: number | null;
  /** Mean queries until then; null where a run did not find it. */
  readonly meanQueriesToOptimum: number | null;
  /** Share of the runs that found it. */
  readonly found: number;
}

/** Mean and spread of what runs report. */
export function summarise(runs: readonly BenchmarkRun[]): RunsSummary {
  const values = runs.map((run) => run.reportOfBest);
  const needed = runs.map((run) => run.queriesToOptimum ?? Number.POSITIVE_INFINITY);
  const median = medianOf(needed);
  return {
    mean: meanOf(values),
    std: stdOf(values),
    meanSearch: meanOf(runs.map((run) => run.bestSearch)),
    medianQueriesToOptimum: Number.isFinite(median) ? median : null,
    meanQueriesToOptimum: needed.every(Number.isFinite) ? meanOf(needed) : null,
    found: needed.filter(Number.isFinite).length / Math.max(1, runs.length),
  };
}

export interface MeanCurvePoint {
  readonly queries: number;
  readonly mean: number;
  /** Sample standard deviation over the runs; 0 for a single one. */
  readonly std: number;
}

/** What is reported, in the mean over runs, after each of some numbers of queries. */
export function meanCurve(runs: readonly BenchmarkRun[], at: readonly number[]): MeanCurvePoint[] {
  return at.map((queries) => {
    const values = runs.map(
      (run) => run.curve.findLast((point) => point.queries <= queries)?.reportOfBest ?? Number.NaN,
    );
    return { queries, mean: meanOf(values), std: stdOf(values) };
  });
}
