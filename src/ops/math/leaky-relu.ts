import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    LeakyRelu(x: Value, attrs?: { alpha?: number }): Value;
  }
}

/** y = x for x ≥ 0, alpha x below. */
export const LeakyRelu = unary({
  type: "LeakyRelu",
  since: 16,
  doc: "Identity for positive x, a small slope for the rest.",
  attributes: { alpha: attr.float(0.01) },
  f: (x, { alpha }) => (x < 0 ? alpha * x : x),
  grad: (g, { x, dy }, { alpha }) =>
    g.Where(g.Less(x, g.scalar(0, x.dtype)), g.Mul(dy, g.scalar(alpha, x.dtype)), dy),
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: AROUND_ZERO }, attrs: { alpha: 0.25 }, grad: ["x"] },
  ],
});
