/** What an experiment came to. */
export interface Outcome {
  /** Benchmark score, higher is better. */
  readonly score: number;
  /** Validation loss, where it is known. */
  readonly loss?: number;
  /** Verdict of the judge from 1 to 10, where there was one. */
  readonly judgement?: number;
}

/** Share of a verdict: performance, innovation, complexity (the authors' weights). */
export const JUDGEMENT_WEIGHTS = { performance: 0.3, innovation: 0.25, complexity: 0.45 } as const;

/** A part that is missing counts as the middle. */
const MISSING = 0.5;

/**
 * The composite fitness (ASI-Arch, arXiv:2507.18074, and its released code), in [0, 3]:
 * s_loss + s_bench + s_judge, with s = σ(6·clamp(d, −1, 1)), d the change against the first element in units of a tenth
 * of its value: (L0 − L)/(0.1·L0) and (B − B0)/(0.1·B0), and s_judge = (J − 1)/9. It saturates beyond ten per cent by
 * design; equals are ranked by their scores. Departure: |B0| in the denominator, for scores that may be negative.
 */
export function fitness(it: Outcome, first: Outcome): number {
  const lost =
    it.loss === undefined || first.loss === undefined ? MISSING : share(first.loss - it.loss, first.loss);
  const judged = it.judgement === undefined ? MISSING : (it.judgement - 1) / 9;
  return lost + share(it.score - first.score, first.score) + judged;
}

function share(gain: number, of: number): number {
  const unit = 0.1 * Math.abs(of);
  if (unit === 0) return gain === 0 ? sigmoid(0) : sigmoid(6 * Math.sign(gain));
  return sigmoid(6 * Math.max(-1, Math.min(1, gain / unit)));
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * The authors' filter against the first element: a loss that is more than `band` away, below (taken for a leak) or above, or
 * a score more than `band` worse, keeps an element out of the pool.
 */
export function withinBand(it: Outcome, first: Outcome, band: number): boolean {
  const near =
    it.loss === undefined ||
    first.loss === undefined ||
    Math.abs(it.loss - first.loss) < band * Math.abs(first.loss);
  return near && it.score - first.score > -band * Math.abs(first.score);
}
