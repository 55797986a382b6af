import { type Json, MorphError, type Rng, rngOf } from "../base/index.js";
import type { Proposal, Scored, Searcher } from "../strategies/index.js";
import type { Benchmark, Lookup } from "./define.js";

export interface RunBudget {
  /** Different networks that may be looked up. */
  readonly queries: number;
  /** Simulated seconds of training; needs a table that has them. A training that would end later is not made. */
  readonly seconds?: number;
}

/** Where a run stood when its best search value rose. */
export interface CurvePoint {
  readonly queries: number;
  /** Simulated seconds so far, where the table has them. */
  readonly seconds?: number;
  readonly bestSearch: number;
  readonly reportOfBest: number;
}

export interface BenchmarkRun {
  readonly seed: number;
  readonly bestSearch: number;
  /** What is reported of the network with the best search value. */
  readonly reportOfBest: number;
  /** Different networks looked up. */
  readonly queries: number;
  /** Epochs that were trained, in full trainings: as many as queries where every network is trained to the end. */
  readonly trainings: number;
  /** Proposals, repeated ones included. */
  readonly asks: number;
  readonly seconds?: number;
  /** Queries after which the network with the best search value of the whole table was found. */
  readonly queriesToOptimum?: number;
  readonly curve: readonly CurvePoint[];
}

/** Times a strategy is asked again for something new before a repetition is accepted, and told to it. */
const PATIENCE = 30;
/** Proposals a query: a strategy that repeats itself for ever ends its run so. */
export const ASKS_PER_QUERY = 50;

/**
 * One search on a table. A network that was looked up before costs no query: strategies that learn from repeats
 * are told its value again, others are asked for another one.
 */
export async function runBenchmark(
  benchmark: Benchmark,
  lookup: Lookup,
  searcher: Searcher,
  seed: number,
  budget: RunBudget,
  signal?: AbortSignal,
): Promise<BenchmarkRun> {
  const limit = Math.min(budget.queries, benchmark.size);
  const known = new Uint8Array(benchmark.size);
  const curve: CurvePoint[] = [];
  let [asks, queries, seconds] = [0, 0, 0];
  let bestSearch = Number.NEGATIVE_INFINITY;
  let reportOfBest = Number.NaN;
  let queriesToOptimum: number | undefined;
  const timed = lookup.seconds !== undefined;
  for (let trial = 0; queries < limit && asks < ASKS_PER_QUERY * limit + 1_000; trial++) {
    if ((trial & 63) === 0) signal?.throwIfAborted();
    const proposed = await propose(benchmark, searcher, seed, trial, known, signal);
    // What may be spent on a language model is a budget, too.
    if (proposed === undefined) break;
    const { genotype, notes, index, asked } = proposed;
    asks += asked;
    const score = lookup.search[index] ?? Number.NaN;
    if (known[index] === 0) {
      seconds += lookup.seconds?.[index] ?? 0;
      if (budget.seconds !== undefined && seconds > budget.seconds) {
        seconds -= lookup.seconds?.[index] ?? 0;
        break;
      }
      known[index] = 1;
      queries++;
      if (score > bestSearch) {
        bestSearch = score;
        reportOfBest = lookup.report[index] ?? Number.NaN;
        curve.push({ queries, bestSearch, reportOfBest, ...(timed && { seconds }) });
        if (score >= lookup.optimum.search) queriesToOptimum = queries;
      }
    }
    const scored: Scored = { trial, genotype, score, rung: 0, ...(notes !== undefined && { notes }) };
    searcher.tell(scored);
  }
  return {
    ...{ seed, bestSearch, reportOfBest, queries, trainings: queries, asks, queriesToOptimum, curve },
    ...(timed && { seconds }),
  };
}

/** The next network: a new one where the strategy is asked for such, and can still name one. */
export async function propose(
  benchmark: Benchmark,
  searcher: Searcher,
  seed: number,
  trial: number,
  known: Uint8Array,
  signal?: AbortSignal,
): Promise<{ genotype: unknown; notes?: Json; index: number; asked: number } | undefined> {
  const streamOf = (attempt: number): Rng =>
    attempt === 0 ? rngOf(seed, "ask", trial) : rngOf(seed, "ask", trial, attempt);
  for (let attempt = 0; ; attempt++) {
    let proposal: Proposal;
    try {
      proposal = await searcher.ask(benchmark.schema, streamOf(attempt), trial, attempt, signal);
    } catch (error) {
      if (error instanceof MorphError && error.code === "language_budget" && trial > 0) return undefined;
      throw error;
    }
    const { genotype, notes } = proposal;
    const index = benchmark.indexOf(genotype);
    const again = known[index] === 1 && !searcher.learnsFromRepeats && attempt < PATIENCE;
    if (!again) return { genotype, notes, index, asked: attempt + 1 };
  }
}
