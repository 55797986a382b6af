import type { Rng } from "../../base/index.js";

/** Lowest and highest reward so far. */
export interface RewardRange {
  readonly least: number;
  readonly most: number;
}

/** The local bandit of one decision: what each of its alternatives was part of. */
export class Bandit {
  readonly counts: number[];
  /** Sums of the local rewards R / (number of decisions), as told. */
  readonly sums: number[];
  /** Sums of 1 / (number of decisions), so that rewards can be put on another scale later. */
  readonly shares: number[];
  plays = 0;

  constructor(arms: number) {
    this.counts = new Array<number>(arms).fill(0);
    this.sums = new Array<number>(arms).fill(0);
    this.shares = new Array<number>(arms).fill(0);
  }

  /** Pass on a whole reward to one arm of `decisions`. */
  play(arm: number, reward: number, decisions: number): void {
    this.plays++;
    this.counts[arm] = (this.counts[arm] ?? 0) + 1;
    this.sums[arm] = (this.sums[arm] ?? 0) + reward / decisions;
    this.shares[arm] = (this.shares[arm] ?? 0) + 1 / decisions;
  }

  /** Mean local reward of an arm, whole rewards being measured from 0 (the least so far) to 1 (the most). */
  mean(arm: number, { least, most }: RewardRange): number {
    const span = most > least ? most - least : 1;
    return ((this.sums[arm] ?? 0) - least * (this.shares[arm] ?? 0)) / (span * (this.counts[arm] ?? 0));
  }

  /**
   * The arm to play: one that never was, by the space's weights; else that of the greatest
   * mean_j + α · √(2 · ln n / n_j).
   */
  upper(weights: readonly number[], range: RewardRange, alpha: number, rng: Rng): number {
    const fresh = weights.map((weight, arm) => (this.counts[arm] === 0 ? weight : 0));
    if (fresh.some((weight) => weight > 0)) return rng.weighted(fresh);
    const bonus = (arm: number) =>
      alpha * Math.sqrt((2 * Math.log(Math.max(1, this.plays))) / (this.counts[arm] ?? 1));
    return greatest(weights, (arm) => this.mean(arm, range) + bonus(arm), rng);
  }

  /** The arm of the best mean ("local optimal"); undefined where none was played. */
  best(weights: readonly number[], range: RewardRange, rng: Rng): number | undefined {
    const known = weights.map((weight, arm) => ((this.counts[arm] ?? 0) > 0 ? weight : 0));
    if (!known.some((weight) => weight > 0)) return undefined;
    return greatest(known, (arm) => this.mean(arm, range), rng);
  }
}

/** The arm of the greatest value among those that exist; one of the equals by chance. */
function greatest(weights: readonly number[], merit: (arm: number) => number, rng: Rng): number {
  let top = Number.NEGATIVE_INFINITY;
  let equals: number[] = [];
  for (const [arm, weight] of weights.entries()) {
    if (weight <= 0) continue;
    const value = merit(arm);
    if (value > top) [top, equals] = [value, [arm]];
    else if (value === top) equals.push(arm);
  }
  return rng.pick(equals);
}
