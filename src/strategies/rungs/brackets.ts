import {
  type Climb,
  climbs,
  type RungAction,
  type RungPolicy,
  type RungsForm,
  type RungsNow,
} from "./policy.js";

/** How a bracket begins: so many trials, on a rung. */
export interface Bracket {
  readonly trials: number;
  readonly firstRung: number;
}

/**
 * The brackets of Hyperband (Li et al. 2018, JMLR 18(185), Algorithm 1), from the one with most trials and least training
 * to the one whose trials are all trained to the end: with s rungs above its first, ⌈(rungs/(s + 1)) etaˢ⌉ trials.
 */
export function hyperbandBrackets({ rungs, eta }: RungsForm): Bracket[] {
  return Array.from({ length: rungs }, (_, firstRung) => {
    const above = rungs - 1 - firstRung;
    return { trials: Math.ceil((rungs * eta ** above) / (above + 1)), firstRung };
  });
}

/** Brackets of successive halving alone: the first of Hyperband's, of which one trial reaches the last rung. */
export function halvingBrackets({ rungs, eta }: RungsForm): Bracket[] {
  return [{ trials: eta ** (rungs - 1), firstRung: 0 }];
}

/**
 * Successive halving in brackets (Jamieson & Talwalkar 2016, arXiv:1502.07943, Algorithm 1), over and over: the trials of
 * a bracket are trained to its first rung; when all are there, the best ⌊n/eta⌋ of these n are trained to the next, and so
 * on. Trials belong to brackets in the order of their numbers.
 * Departures: who finds nothing to do in a bracket because others are at work takes up the next one; a bracket that the
 * search ends in has fewer trials, and of each of its rungs one goes on even where 1/eta of it is less than one; the place
 * of a trial that failed stays empty.
 */
export class Brackets implements RungPolicy {
  /** By trial, its scores by rung; of trials that were asked and have not failed. */
  private readonly scores = new Map<number, Map<number, number>>();
  /** Trials of one pass through all brackets. */
  private readonly cycle: number;
  /** Brackets below this one are over. */
  private over = 0;

  constructor(
    private readonly form: RungsForm,
    private readonly brackets: readonly Bracket[],
  ) {
    this.cycle = brackets.reduce((sum, { trials }) => sum + trials, 0);
  }

  firstRung(trial: number): number {
    let left = trial % this.cycle;
    for (const { trials, firstRung } of this.brackets) {
      if (left < trials) return firstRung;
      left -= trials;
    }
    return 0;
  }

  asked(trial: number): void {
    if (!this.scores.has(trial)) this.scores.set(trial, new Map());
  }

  told(trial: number, rung: number, score: number): void {
    const own = this.scores.get(trial);
    if (rung < this.form.rungs && own?.has(rung) === false) own.set(rung, score);
  }

  remove(trial: number): void {
    this.scores.delete(trial);
  }

  next(now: RungsNow): RungAction {
    for (let at = this.over; ; at++) {
      const { from, to, firstRung } = this.bracket(at);
      if (from > now.nextTrial || (from === now.nextTrial && !now.mayAsk)) break;
      const action = this.inBracket(from, to, firstRung, now);
      if (action === "over") {
        // The last one may yet get trials, where a search goes on that had ended.
        if (at === this.over && now.nextTrial >= to) this.over++;
      } else if (action !== "waits") return action;
    }
    return now.busy ? { kind: "wait" } : { kind: "done" };
  }

  planned(trials: number): Climb[] {
    const all: Climb[] = [];
    for (let at = 0; ; at++) {
      const { from, to, firstRung } = this.bracket(at);
      if (from >= trials) return all;
      all.push(...climbs(this.form, Math.min(to, trials) - from, firstRung));
    }
  }

  /** Trials [from, to) of a bracket, counted through all passes. */
  private bracket(at: number): { readonly from: number; readonly to: number; readonly firstRung: number } {
    const pass = Math.floor(at / this.brackets.length);
    let from = pass * this.cycle;
    for (const [i, { trials, firstRung }] of this.brackets.entries()) {
      if (i === at % this.brackets.length) return { from, to: from + trials, firstRung };
      from += trials;
    }
    return { from, to: from, firstRung: 0 };
  }

  private inBracket(
    from: number,
    to: number,
    firstRung: number,
    now: RungsNow,
  ): RungAction | "waits" | "over" {
    if (now.nextTrial < to && now.mayAsk) return { kind: "ask" };
    let there: number[] = [];
    for (let trial = from; trial < Math.min(to, now.nextTrial); trial++) {
      if (now.isAsking(trial)) return "waits";
      there.push(trial);
    }
    // Those that failed hold their places: the next rung is as large as if they were there.
    let size = there.length;
    for (let rung = firstRung; ; rung++) {
      const alive = there.filter((trial) => this.scores.has(trial));
      const missing = alive.filter((trial) => this.scores.get(trial)?.has(rung) === false);
      if (missing.length > 0) {
        // Trials on the first rung are begun by those who asked for them.
        const trial = rung === firstRung ? undefined : missing.find(now.isFree);
        return trial === undefined ? "waits" : { kind: "promote", trial, rung };
      }
      if (rung >= this.form.rungs - 1 || alive.length === 0) return "over";
      size = Math.max(1, Math.floor(size / this.form.eta));
      const score = (trial: number) => this.scores.get(trial)?.get(rung) ?? Number.NEGATIVE_INFINITY;
      there = alive.sort((a, b) => score(b) - score(a) || a - b).slice(0, size);
    }
  }
}
