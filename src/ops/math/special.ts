/**
 * Error function to about 1e-15. Near 0 the series exp(−x²) 2/√π Σ 2ⁿ x²ⁿ⁺¹/(2n+1)!!, whose terms all have one
 * sign; far from it the continued fraction of 1 − erf x, from its inside out.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a > 2.5) return Math.sign(x) * (1 - complement(a));
  let term = x;
  let sum = x;
  for (let n = 1; n < 100 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc x = exp(−x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))), for x well above 0. */
function complement(x: number): number {
  let fraction = x;
  for (let n = 80; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
