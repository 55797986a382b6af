/** A trial as the scheduler sees it: its scores by rung, and whether more may come. */
export interface RungTrial {
  readonly trial: number;
  /** Scores of told rungs, in ascending order of rung. */
  readonly scores: readonly number[];
  /** Nothing runs on it and it has not failed. */
  readonly free: boolean;
}

export type Action =
  | { readonly kind: "promote"; readonly trial: number; readonly rung: number }
  | { readonly kind: "ask" }
  | { readonly kind: "wait" }
  | { readonly kind: "done" };

/**
 * Asynchronous successive halving (Li et al. 2020, arXiv:1810.05934): a free worker takes the best trial that is
 * among the top 1/eta of a rung and has not gone on yet, from the highest rung down; else a new trial begins.
 * When no more trials may be asked, one trial of each rung goes on even where 1/eta of it is less than one.
 * A pure function of what has been told, so a resumed study goes on as it would have.
 */
export function nextAction(
  trials: readonly RungTrial[],
  options: { readonly rungs: number; readonly eta: number; readonly mayAsk: boolean; readonly busy: boolean },
): Action {
  const { rungs, eta, mayAsk, busy } = options;
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const reached = trials.filter((t) => t.scores.length > rung);
    // While lower work is under way the last places are not settled yet.
    const quota =
      mayAsk || busy ? Math.floor(reached.length / eta) : Math.max(1, Math.floor(reached.length / eta));
    const top = [...reached].sort(
      (a, b) => (b.scores[rung] ?? 0) - (a.scores[rung] ?? 0) || a.trial - b.trial,
    );
    const next = top.slice(0, quota).find((t) => t.free && t.scores.length === rung + 1);
    if (next !== undefined) return { kind: "promote", trial: next.trial, rung: rung + 1 };
  }
  if (mayAsk) return { kind: "ask" };
  return busy ? { kind: "wait" } : { kind: "done" };
}
