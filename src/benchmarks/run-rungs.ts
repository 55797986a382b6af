import { ExitCode, fail, type Json } from "../base/index.js";
import { type RungPolicyName, rungPolicy, type Searcher } from "../strategies/index.js";
import type { Benchmark, Fidelity, Lookup } from "./define.js";
import { ASKS_PER_QUERY, type BenchmarkRun, type CurvePoint, propose, type RunBudget } from "./run.js";

export interface RungsBudget extends RunBudget {
  /** As much training as so many full ones have, in epochs: shares of a training count. */
  readonly queries: number;
  readonly policy: RungPolicyName;
  readonly eta: number;
  /** Epochs of the rungs in ascending order, each one that the table has; default: all that it has. */
  readonly epochs?: readonly number[];
}

/** The rungs that a table allows. @throws `table_fidelities` */
export function rungsFor(lookup: Lookup, epochs?: readonly number[]): readonly Fidelity[] {
  const known = lookup.fidelities.map((it) => it.epochs);
  const wanted = epochs ?? known;
  const rungs = wanted.flatMap((n) => lookup.fidelities.filter((it) => it.epochs === n));
  const ascending = wanted.every((n, i) => n > (wanted[i - 1] ?? 0));
  if (rungs.length !== wanted.length || !ascending || rungs.length < 2) {
    fail(
      "table_fidelities",
      {
        path: lookup.view.name,
        expected: `at least two numbers of epochs in ascending order, of those that the table has: ${known.join(", ")}`,
        received: wanted.join(", "),
        hint: "add columns such as val_acc_12 beside val_acc_200, or search without rungs",
      },
      { exitCode: ExitCode.usage },
    );
  }
  return rungs;
}

/**
 * One search on a table with several fidelities, by one worker: a network is trained to its first rung, a promotion trains
 * on from there, and each costs the epochs (and seconds) that it adds. The search is told the value after the epochs of the
 * rung. What is reported is the network that is best on the highest rung that any has reached, by its value there. A
 * network that was looked up before costs what it had not been trained for yet.
 */
export async function runOnRungs(
  benchmark: Benchmark,
  lookup: Lookup,
  searcher: Searcher,
  seed: number,
  budget: RungsBudget,
  signal?: AbortSignal,
): Promise<BenchmarkRun> {
  const rungs = rungsFor(lookup, budget.epochs);
  const policy = rungPolicy(budget.policy, { rungs: rungs.length, eta: budget.eta });
  const full = lookup.fidelities.at(-1)?.epochs ?? 1;
  const known = new Uint8Array(benchmark.size);
  /** Highest rung of a network, and one more; 0 for none. */
  const reached = new Uint8Array(benchmark.size);
  const trials: { readonly genotype: unknown; readonly notes?: Json; readonly index: number }[] = [];
  const curve: CurvePoint[] = [];
  const timed = lookup.seconds !== undefined;
  let [asks, queries, epochs, seconds] = [0, 0, 0, 0];
  let best = { rung: -1, search: Number.NEGATIVE_INFINITY, report: Number.NaN };
  let queriesToOptimum: number | undefined;
  while (asks < ASKS_PER_QUERY * budget.queries + 1_000) {
    if ((asks & 63) === 0) signal?.throwIfAborted();
    const action = policy.next({
      nextTrial: trials.length,
      mayAsk: queries < benchmark.size,
      busy: false,
      isFree: () => true,
      isAsking: () => false,
    });
    if (action.kind === "wait" || action.kind === "done") break;
    const trial = action.kind === "promote" ? action.trial : trials.length;
    const rung = action.kind === "promote" ? action.rung : policy.firstRung(trial);
    if (action.kind === "ask") {
      const proposed = await propose(benchmark, searcher, seed, trial, known, signal);
      // What may be spent on a language model is a budget, too.
      if (proposed === undefined) break;
      const { asked, ...found } = proposed;
      asks += asked;
      trials.push(found);
      policy.asked(trial);
    }
    const { genotype, notes, index } =
      trials[trial] ?? fail("internal", { expected: "a trial that was asked" });
    const [from, to] = [rungs[(reached[index] ?? 0) - 1], rungs[rung]];
    if (to === undefined) return fail("internal", { expected: "a rung of the table" });
    const [addedEpochs, addedSeconds] = [
      Math.max(0, to.epochs - (from?.epochs ?? 0)),
      Math.max(0, (to.seconds?.[index] ?? 0) - (from?.seconds?.[index] ?? 0)),
    ];
    if ((epochs + addedEpochs) / full > budget.queries) break;
    if (budget.seconds !== undefined && seconds + addedSeconds > budget.seconds) break;
    epochs += addedEpochs;
    seconds += addedSeconds;
    if (known[index] === 0) queries++;
    known[index] = 1;
    reached[index] = Math.max(reached[index] ?? 0, rung + 1);
    const score = to.search[index] ?? Number.NaN;
    if (rung > best.rung || (rung === best.rung && score > best.search)) {
      best = { rung, search: score, report: lookup.report[index] ?? Number.NaN };
      const at = { queries: epochs / full, ...(timed && { seconds }) };
      curve.push({ ...at, bestSearch: score, reportOfBest: best.report });
    }
    const last = to.epochs === full && score >= lookup.optimum.search;
    if (last) queriesToOptimum ??= epochs / full;
    policy.told(trial, rung, score);
    searcher.tell({ trial, genotype, score, rung, ...(notes !== undefined && { notes }) });
  }
  return {
    ...{ seed, bestSearch: best.search, reportOfBest: best.report, queries, trainings: epochs / full, asks },
    ...{ queriesToOptimum, curve },
    ...(timed && { seconds }),
  };
}
