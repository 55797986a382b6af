import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Celu(x: Value, attrs?: { alpha?: number }): Value;
  }
}

/** y = x for x ≥ 0, alpha (exp(x/alpha) − 1) below, where y' = y/alpha + 1 (Barron 2017, arXiv:1704.07483). */
export const Celu = unary({
  type: "Celu",
  since: 12,
  doc: "Continuously differentiable exponential linear unit.",
  attributes: { alpha: attr.float(1) },
  f: (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x / alpha) : x),
  grad: (g, { x, y, dy }, { alpha }) =>
    g.Where(
      g.Less(x, g.scalar(0, x.dtype)),
      g.Mul(dy, g.Add(g.Mul(y, g.scalar(1 / alpha, x.dtype)), g.scalar(1, x.dtype))),
      dy,
    ),
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: AROUND_ZERO }, attrs: { alpha: 2 }, grad: ["x"] },
  ],
});
