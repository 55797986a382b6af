import {
  type Climb,
  climbs,
  type RungAction,
  type RungPolicy,
  type RungsForm,
  type RungsNow,
} from "./policy.js";

interface Entry {
  readonly trial: number;
  readonly score: number;
}

/**
 * Asynchronous successive halving (Li et al. 2020, arXiv:1810.05934): a free worker takes the best trial that is
 * among the top 1/eta of a rung and has not gone on yet, from the highest rung down; else a new trial begins.
 * When no more trials may be asked, one trial of each rung goes on even where 1/eta of it is less than one.
 * A function of what has been told, so a resumed study goes on as it would have.
 */
export class Ladder implements RungPolicy {
  /** Trials by rung, best first; of equals the one with the lowest number. */
  private readonly byRung: Entry[][] = [];
  /** The highest rung of each trial. */
  private readonly highest = new Map<number, number>();

  constructor(private readonly form: RungsForm) {}

  firstRung(): number {
    return 0;
  }

  asked(): void {}

  /** A trial has finished a rung, for the first time. */
  told(trial: number, rung: number, score: number): void {
    if ((this.highest.get(trial) ?? -1) >= rung) return;
    this.highest.set(trial, rung);
    while (this.byRung.length <= rung) this.byRung.push([]);
    const entries = this.byRung[rung] ?? [];
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const it = entries[middle];
      if (it !== undefined && (it.score > score || (it.score === score && it.trial < trial)))
        low = middle + 1;
      else high = middle;
    }
    entries.splice(low, 0, { trial, score });
  }

  /** A trial that failed counts nowhere. */
  remove(trial: number): void {
    this.highest.delete(trial);
    for (const entries of this.byRung) {
      const at = entries.findIndex((it) => it.trial === trial);
      if (at >= 0) entries.splice(at, 1);
    }
  }

  next({ mayAsk, busy, isFree }: Pick<RungsNow, "mayAsk" | "busy" | "isFree">): RungAction {
    const { rungs, eta } = this.form;
    for (let rung = Math.min(rungs - 2, this.byRung.length - 1); rung >= 0; rung--) {
      const entries = this.byRung[rung] ?? [];
      const share = Math.floor(entries.length / eta);
      // While lower work is under way the last places are not settled yet.
      const quota = mayAsk || busy ? share : Math.max(1, share);
      for (let place = 0; place < Math.min(quota, entries.length); place++) {
        const trial = entries[place]?.trial ?? -1;
        if (this.highest.get(trial) === rung && isFree(trial))
          return { kind: "promote", trial, rung: rung + 1 };
      }
    }
    if (mayAsk) return { kind: "ask" };
    return busy ? { kind: "wait" } : { kind: "done" };
  }

  planned(trials: number): Climb[] {
    return climbs(this.form, trials, 0);
  }
}
