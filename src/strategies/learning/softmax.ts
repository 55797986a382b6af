/**
 * Chances in proportion to weight · exp(logit): the policy begins by the space's own weights, and what does not exist
 * (weight 0) has chance 0. Where several attempts were refused, `temperature` above 1 makes chances more equal.
 */
export function chancesOf(
  logits: ArrayLike<number>,
  weights: readonly number[],
  temperature = 1,
): Float64Array {
  const out = new Float64Array(weights.length);
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < out.length; i++) {
    if ((weights[i] ?? 0) > 0) top = Math.max(top, logits[i] ?? 0);
  }
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight <= 0) continue;
    const chance = weight * Math.exp(((logits[i] ?? 0) - top) / temperature);
    out[i] = chance;
    sum += chance;
  }
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) / sum;
  return out;
}

/** −Σ p·ln p. */
export function entropyOf(chances: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < chances.length; i++) {
    const p = chances[i] ?? 0;
    if (p > 0) sum -= p * Math.log(p);
  }
  return sum;
}

/**
 * Gradient by the logits of −advantage · ln p[taken] − bonus · entropy: what REINFORCE descends.
 */
export function policyGradient(
  chances: Float64Array,
  taken: number,
  advantage: number,
  bonus: number,
): Float64Array {
  const out = new Float64Array(chances.length);
  const entropy = bonus === 0 ? 0 : entropyOf(chances);
  for (let i = 0; i < out.length; i++) {
    const p = chances[i] as number;
    out[i] = advantage * (p - (i === taken ? 1 : 0));
    if (bonus !== 0 && p > 0) out[i] = (out[i] as number) + bonus * p * (Math.log(p) + entropy);
  }
  return out;
}
