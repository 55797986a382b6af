import { type Rng, rngOf } from "../base/index.js";

/** Rows of one pass through a stream of a length, in the order in which they are drawn; may leave out or repeat. */
export type Order = (length: number, pass: number, rng: Rng) => readonly number[];

/** Every row once, in random order. */
export const shuffled: Order = (length, _, rng) => rng.shuffle(Array.from({ length }, (_, i) => i));

/** Every row once, as they stand. */
export const sequential: Order = (length) => Array.from({ length }, (_, i) => i);

/** As many rows as there are, each drawn in proportion to its weight, with replacement. */
export function weighted(weights: ArrayLike<number>): Order {
  const sums = new Float64Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    total += Math.max(0, weights[i] ?? 0);
    sums[i] = total;
  }
  return (length, _, rng) =>
    Array.from({ length }, () => {
      const x = rng.float() * total;
      let [low, high] = [0, length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sums[middle] ?? 0) > x) high = middle;
        else low = middle + 1;
      }
      return low;
    });
}

/**
 * Which rows a round draws, as a function of its number alone: a run may be cut and taken up anywhere. Each pass is in an
 * order of its own; what is left at its end and too small for a round is left out, unless a whole pass is.
 */
export class Sampler {
  private pass = -1;
  private rows: readonly number[] = [];

  constructor(
    private readonly length: number,
    /** Rows that a round draws. */
    private readonly draws: number,
    private readonly order: Order,
    private readonly seed: number,
    /** Of the random stream; the pass stands behind it. */
    private readonly path: readonly (string | number)[],
  ) {}

  /** Rounds in a pass; 1 where a round draws more than there is. */
  get roundsPerPass(): number {
    return Math.max(1, Math.floor(this.length / this.draws));
  }

  round(round: number): number[] {
    if (this.draws <= this.length) {
      const pass = Math.floor(round / this.roundsPerPass);
      const at = (round % this.roundsPerPass) * this.draws;
      const rows = this.passRows(pass);
      return Array.from({ length: this.draws }, (_, i) => rows[(at + i) % rows.length] ?? 0);
    }
    return Array.from({ length: this.draws }, (_, i) => {
      const at = round * this.draws + i;
      const rows = this.passRows(Math.floor(at / this.length));
      return rows[(at % this.length) % rows.length] ?? 0;
    });
  }

  private passRows(pass: number): readonly number[] {
    if (pass !== this.pass) {
      this.rows = this.order(this.length, pass, rngOf(this.seed, ...this.path, pass));
      this.pass = pass;
    }
    return this.rows;
  }
}
