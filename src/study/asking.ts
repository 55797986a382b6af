import { MorphError, rngOf } from "../base/index.js";
import type { Space } from "../spaces/index.js";
import type { Searcher } from "../strategies/index.js";
import type { Problem } from "../train/index.js";
import { type Candidate, drawCandidates, mergeRefusals } from "./candidates.js";
import type { StudyConfig } from "./config.js";
import { type Executor, endsStudy, runAgain } from "./jobs.js";
import { exceeded, type Refusals } from "./limits.js";
import { SLACK, trainingMsPerExample } from "./training-cost.js";
import type { Costs } from "./types.js";

export interface AskOptions {
  readonly config: StudyConfig;
  readonly space: Space;
  readonly problem: Problem;
  readonly searcher: Searcher;
  readonly executor: Executor;
  readonly trial: number;
  readonly lane: number;
  /** Takes an architecture, by its hash; false where it is a trial already, or is about to be one. */
  readonly claim: (hash: string) => boolean;
  readonly signal: AbortSignal;
}

/** A candidate whose costs were measured too. */
export interface Measured extends Omit<Candidate, "costs"> {
  readonly costs: Costs;
  readonly proxy: number;
}

export interface Found {
  /** The one that the cheap ranking prefers; absent where none keeps the limits. */
  readonly best?: Measured;
  /** Candidates that kept every limit, the ranking's losers included. */
  readonly feasible: number;
  readonly refusals: Refusals;
}

/** Times that candidates are drawn before a trial is given up. */
const ROUNDS = 4;
/** Proposals of a round. */
const ATTEMPTS = 300;
/** Proposals that must fit the study's time, before that is asked only of the cheapest among them. */
const FRUGAL_ATTEMPTS = 60;
/**
 * A new candidate that keeps every limit, the best of a few by the cheap ranking. What cannot be trained in the
 * study's time is not worth a trial; where nothing else is found, what comes close to the cheapest found is tried, and at
 * last anything.
 * @throws what measuring threw, where no candidate could be measured
 */
export async function findCandidate(options: AskOptions): Promise<Found> {
  const { config, space, problem, searcher, executor, trial, lane, claim, signal } = options;
  const { limits, seed, pool, affordableMsPerExample } = config;
  let refusals: Refusals = { count: 0, reasons: {}, smallest: null };
  let best: Measured | undefined;
  let feasible = 0;
  let failure: MorphError | undefined;
  let affordable = affordableMsPerExample ?? undefined;
  for (let round = 0; round < ROUNDS && best === undefined; round++) {
    const frugal = round < ROUNDS / 2;
    // A point that the study begins with is taken where it keeps the limits, however long it trains.
    const given = round === 0 ? config.start?.[trial] : undefined;
    const hasty = round === 0 && affordable !== undefined && given === undefined;
    const drawn = await drawCandidates({
      space,
      problem,
      limits,
      trainingMs: frugal && given === undefined ? affordable : undefined,
      seed,
      trial: trial + round * 1_000_003,
      wanted: given === undefined ? pool : 1,
      attempts: hasty ? FRUGAL_ATTEMPTS : ATTEMPTS,
      claim,
      propose: (attempt) =>
        given !== undefined && attempt === 0
          ? { genotype: given, origin: "start" }
          : searcher.ask(
              space.schema,
              rngOf(seed, "ask", trial, round, attempt),
              trial,
              round * ATTEMPTS + attempt,
              signal,
            ),
      signal,
    });
    refusals = mergeRefusals(refusals, drawn.refusals, limits);
    const { smallest } = drawn.refusals;
    if (hasty && smallest !== null)
      affordable = Math.max(affordable ?? 0, SLACK * trainingMsPerExample(smallest));
    for (const candidate of drawn.candidates) {
      signal.throwIfAborted();
      const job = { kind: "measure" as const, genotype: candidate.genotype };
      try {
        const { costs, proxy } = await runAgain(executor, job, { lane, signal });
        const over = exceeded(costs, limits);
        if (over.length > 0) {
          const reasons = Object.fromEntries(over.map(({ name }) => [name, 1]));
          refusals = mergeRefusals(refusals, { count: 1, reasons, smallest: costs }, limits);
          continue;
        }
        feasible++;
        if (best === undefined || proxy > best.proxy) best = { ...candidate, costs, proxy };
      } catch (error) {
        // A network that cannot even be run is refused; the next one may be in order.
        if (signal.aborted || endsStudy(error) || !(error instanceof MorphError)) throw error;
        failure ??= error;
        refusals = mergeRefusals(
          refusals,
          { count: 1, reasons: { [error.code]: 1 }, smallest: null },
          limits,
        );
      }
    }
    if (drawn.candidates.length === 0 && drawn.duplicates > 0) break;
  }
  if (best === undefined && failure !== undefined) throw failure;
  return { best, feasible, refusals };
}
