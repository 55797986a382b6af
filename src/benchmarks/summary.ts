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
  const needed = runs.map((run) => run.queriesToOptimum ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
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

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function stdOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
