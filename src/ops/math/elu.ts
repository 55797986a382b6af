import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Elu(x: Value, attrs?: { alpha?: number }): Value;
  }
}

/** y = x for x ≥ 0, alpha (eˣ − 1) below, where y' = y + alpha (Clevert et al. 2016, arXiv:1511.07289). */
export const Elu = unary({
  type: "Elu",
  since: 6,
  doc: "Exponential linear unit.",
  attributes: { alpha: attr.float(1) },
  f: (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x),
  grad: (g, { x, y, dy }, { alpha }) =>
    g.Where(g.Less(x, g.scalar(0, x.dtype)), g.Mul(dy, g.Add(y, g.scalar(alpha, x.dtype))), dy),
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: AROUND_ZERO }, attrs: { alpha: 0.5 }, grad: ["x"] },
  ],
});
