import type { Rng } from "../base/index.js";
import type { Decided } from "../schema/index.js";

/** What one observed genotype decided, by decision. */
export type Observation = ReadonlyMap<string, Decided>;

export function observationOf(all: readonly Decided[]): Observation {
  return new Map(all.map((it) => [it.key, it]));
}

/**
 * A density over genotypes: a mixture of one kernel for each observation and a flat one, weighing as much as one
 * observation. A kernel is a product over decisions: Aitchison & Aitken's for alternatives, a Gaussian truncated to the
 * range for numbers. Decisions that an observation did not take are flat in its kernel: the tree of the space.
 */
export class Parzen {
  /** Chance that a kernel's choice is another than the observed one. */
  private readonly mistake: number;
  /** Standard deviation of a kernel's number. */
  private readonly sigma: number;
  private readonly logRight: number;
  private readonly logMistake: number;
  private readonly scales = new Map<number, number>();

  /** @param wider factor of the kernels' widths */
  constructor(
    private readonly observations: readonly Observation[],
    wider = 1,
  ) {
    const dimensions = Math.max(1, ...observations.map((it) => it.size));
    const narrow = Math.max(1, observations.length) ** (-1 / (dimensions + 4));
    // Scott's rule for numbers that are spread evenly (standard deviation 0.29).
    this.sigma = Math.max(0.02, 0.29 * narrow) * wider;
    this.mistake = Math.min(0.5, 0.25 * narrow * wider);
    this.logRight = Math.log(1 - this.mistake);
    this.logMistake = Math.log(this.mistake);
  }

  /** The observation that a draw follows; undefined stands for the flat kernel. */
  component(rng: Rng): Observation | undefined {
    return this.observations[rng.int(this.observations.length + 1)];
  }

  /** A choice near an observation, among the alternatives that exist. */
  choose(near: Observation | undefined, key: string, weights: readonly number[], rng: Rng): number {
    const seen = near?.get(key);
    if (seen === undefined || seen.count !== weights.length || (weights[seen.value] ?? 0) <= 0)
      return rng.weighted(weights);
    const others = weights.map((weight, i) => (i === seen.value ? 0 : weight));
    const alone = others.every((weight) => weight <= 0);
    return alone || rng.float() >= this.mistake ? seen.value : rng.weighted(others);
  }

  /** A position near an observation's. */
  place(near: Observation | undefined, key: string, rng: Rng): number {
    const seen = near?.get(key);
    if (seen === undefined || seen.count !== 0) return rng.float();
    for (let tries = 0; tries < 20; tries++) {
      const value = seen.value + this.sigma * rng.normal();
      if (value >= 0 && value <= 1) return value;
    }
    return seen.value;
  }

  /** Logarithm of the joint density. */
  joint(point: readonly Decided[]): number {
    return logMeanExp([
      point.reduce((sum, it) => sum + flat(it), 0),
      ...this.observations.map((seen) => point.reduce((sum, it) => sum + this.kernel(seen, it), 0)),
    ]);
  }

  /** Logarithm of the product of one density a decision, each of the observations that took it. */
  independent(point: readonly Decided[]): number {
    return point.reduce((sum, it) => {
      const near = this.observations.filter((seen) => seen.get(it.key)?.count === it.count);
      return sum + logMeanExp([flat(it), ...near.map((seen) => this.kernel(seen, it))]);
    }, 0);
  }

  private kernel(seen: Observation, it: Decided): number {
    const centre = seen.get(it.key);
    if (centre === undefined || centre.count !== it.count) return flat(it);
    if (it.count === 1) return 0;
    if (it.count > 1)
      return centre.value === it.value ? this.logRight : this.logMistake - logOf(it.count - 1);
    const z = (it.value - centre.value) / this.sigma;
    return -0.5 * z * z - this.logScale(centre.value);
  }

  /** Logarithm of what makes a truncated Gaussian's integral one. */
  private logScale(centre: number): number {
    let scale = this.scales.get(centre);
    if (scale === undefined) {
      const inside = normalCdf((1 - centre) / this.sigma) - normalCdf(-centre / this.sigma);
      scale = Math.log(this.sigma * Math.sqrt(2 * Math.PI) * inside);
      this.scales.set(centre, scale);
    }
    return scale;
  }
}

const LOGS = Array.from({ length: 64 }, (_, i) => Math.log(i));

function logOf(count: number): number {
  return LOGS[count] ?? Math.log(count);
}

function flat({ count }: Decided): number {
  return count > 1 ? -logOf(count) : 0;
}

function logMeanExp(terms: readonly number[]): number {
  const top = terms.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const term of terms) sum += Math.exp(term - top);
  return top + Math.log(sum / terms.length);
}

/** Abramowitz & Stegun 7.1.26; absolute error below 1.5e-7. */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp(-z * z);
  return x >= 0 ? 1 - tail / 2 : tail / 2;
}
