import type { Rng } from "../../base/index.js";

export interface Annealing {
  readonly first: number;
  readonly last: number;
  readonly width: number;
}

/** T = (T₀ − T_f) · exp(−(it + 1)² / σ²) + T_f. */
export function temperatureAt(it: number, { first, last, width }: Annealing): number {
  return (first - last) * Math.exp(-((it + 1) ** 2) / width ** 2) + last;
}

/**
 * Indices in the order of draws without replacement, chances in proportion to y^(1/T): the greatest ln y / T + Gumbel
 * noise first, which is the same law.
 */
export function drawOrder(values: ArrayLike<number>, temperature: number, rng: Rng): number[] {
  const keys = Array.from({ length: values.length }, (_, i) => {
    const gumbel = -Math.log(-Math.log(rng.float() || Number.MIN_VALUE));
    return Math.log(Math.max(values[i] ?? 0, Number.MIN_VALUE)) / temperature + gumbel;
  });
  return keys.map((_, i) => i).sort((a, b) => (keys[b] ?? 0) - (keys[a] ?? 0) || a - b);
}
