import { spearman } from "../../nn/index.js";
import {
  type Climb,
  climbs,
  type RungAction,
  type RungPolicy,
  type RungsForm,
  type RungsNow,
} from "./policy.js";

/** Rank correlation that is enough. */
const ENOUGH = 0.92;
/** Least trials that it is computed from. */
const LEAST = 8;

/**
 * Early stopping by rank correlation (Dai et al. 2021, arXiv:2006.02049, section 3.2): the first trials, etaʳ⁻¹ of them for
 * r rungs and at least 8, are trained to the last rung. From then on a trial is trained to the lowest rung whose scores
 * order these first trials as the last rung's do, by Spearman's correlation, to at least 0.92. What is promising gets its
 * training at the end of the search.
 */
export class Correlation implements RungPolicy {
  /** By trial, its scores by rung; of trials that have not failed. */
  private readonly scores = new Map<number, number[]>();
  /** Trials that may have to climb further. */
  private readonly open = new Set<number>();
  private readonly sample: number;
  private top: number | undefined;

  constructor(private readonly form: RungsForm) {
    this.sample = Math.max(LEAST, form.eta ** (form.rungs - 1));
  }

  firstRung(): number {
    return 0;
  }

  asked(trial: number): void {
    if (this.scores.has(trial)) return;
    this.scores.set(trial, []);
    this.open.add(trial);
  }

  told(trial: number, rung: number, score: number): void {
    const own = this.scores.get(trial);
    if (own !== undefined && rung < this.form.rungs && rung === own.length) own.push(score);
  }

  remove(trial: number): void {
    this.scores.delete(trial);
    this.open.delete(trial);
  }

  next({ nextTrial, mayAsk, busy, isFree, isAsking }: RungsNow): RungAction {
    const last = this.form.rungs - 1;
    let missing = mayAsk && nextTrial < this.sample;
    for (let trial = 0; trial < Math.min(nextTrial, this.sample); trial++)
      if (isAsking(trial)) missing = true;
    for (const trial of this.open) {
      const reached = (this.scores.get(trial)?.length ?? 0) - 1;
      const target = trial < this.sample ? last : this.top;
      if (target !== undefined && reached >= target) this.open.delete(trial);
      else if (trial < this.sample) missing = true;
      if (reached < 0 || target === undefined || reached >= target || !isFree(trial)) continue;
      return { kind: "promote", trial, rung: reached + 1 };
    }
    if (!missing && this.top === undefined) {
      this.top = this.lowest();
      return this.next({ nextTrial, mayAsk, busy, isFree, isAsking });
    }
    if (mayAsk) return { kind: "ask" };
    return busy ? { kind: "wait" } : { kind: "done" };
  }

  planned(trials: number): Climb[] {
    return Array.from({ length: trials }, () => climbs({ ...this.form, eta: 1 }, 1, 0)).flat();
  }

  /** The lowest rung that orders the first trials as the last one does. */
  private lowest(): number {
    const last = this.form.rungs - 1;
    const first = [...this.scores].flatMap(([trial, scores]) =>
      trial < this.sample && scores.length > last ? [scores] : [],
    );
    for (let rung = 0; rung < last; rung++) {
      const at = (r: number) => first.map((scores) => scores[r] ?? 0);
      if (first.length >= LEAST && spearman(at(rung), at(last)) >= ENOUGH) return rung;
    }
    return last;
  }
}
