import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Selu(x: Value, attrs?: { alpha?: number; gamma?: number }): Value;
  }
}

/** y = gamma x for x ≥ 0, gamma alpha (eˣ − 1) below (Klambauer et al. 2017, arXiv:1706.02515). */
export const Selu = unary({
  type: "Selu",
  since: 6,
  doc: "Scaled exponential linear unit.",
  attributes: { alpha: attr.float(1.6732631921768188), gamma: attr.float(1.0507010221481323) },
  f: (x, { alpha, gamma }) => gamma * (x < 0 ? alpha * Math.expm1(x) : x),
  grad: (g, { x, y, dy }, { alpha, gamma }) =>
    g.Mul(
      dy,
      g.Where(
        g.Less(x, g.scalar(0, x.dtype)),
        g.Add(y, g.scalar(gamma * alpha, x.dtype)),
        g.scalar(gamma, x.dtype),
      ),
    ),
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: AROUND_ZERO }, attrs: { alpha: 0.5, gamma: 2 }, grad: ["x"] },
  ],
});
