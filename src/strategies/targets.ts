/**
 * Scores as numbers that a model learns easily: each score by its rank, as the quantile of a standard normal
 * distribution at (rank - ½)/n; equal scores share the mean of their ranks. One bad failure then does not flatten the
 * differences between the good ones, and no scale has to be known.
 */
export function normalScores(scores: readonly number[]): Float64Array {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b);
  const out = new Float64Array(scores.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to] ?? 0] === scores[order[from] ?? 0]) to++;
    const value = normalQuantile((from + to) / 2 / order.length);
    for (let i = from; i < to; i++) out[order[i] ?? 0] = value;
    from = to;
  }
  return out;
}

// Coefficients of Acklam's rational approximation (2003); relative error below 1.2e-9.
const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
] as const;
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
  1,
] as const;
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
] as const;
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1] as const;
const TAIL = 0.02425;

/** The point below which a standard normal number lies with a chance, 0 to 1. */
export function normalQuantile(chance: number): number {
  if (chance < TAIL) {
    const q = Math.sqrt(-2 * Math.log(chance));
    return horner(C, q) / horner(D, q);
  }
  if (chance > 1 - TAIL) return -normalQuantile(1 - chance);
  const q = chance - 0.5;
  return (q * horner(A, q * q)) / horner(B, q * q);
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}
