import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";

/** The two factors of d||x||_p: sign(x)|x|^(p-1) at the elements, and dy y^(1-p) (0 where y is) at the norms. */
export function lpFactors(
  g: Builder,
  { x, y, dy, p }: { x: Value; y: Value; dy: Value; p: number },
): { element: Value; norm: Value } {
  if (p === 1) return { element: g.Sign(x), norm: dy };
  const zero = g.scalar(0, x.dtype);
  const power = (v: Value, by: number) => (by === 1 ? v : g.Pow(v, g.scalar(by, x.dtype)));
  const element = p === 2 ? x : g.Mul(g.Sign(x), power(g.Abs(x), p - 1));
  const safe = g.Where(g.Equal(y, zero), g.scalar(1, x.dtype), y);
  return { element, norm: g.Where(g.Equal(y, zero), zero, g.Div(dy, power(safe, p - 1))) };
}

/** ||values||_p in float64. */
export function lpNorm(values: Iterable<number>, p: number): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value) ** p;
  return sum ** (1 / p);
}
