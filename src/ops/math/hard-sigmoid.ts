import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    HardSigmoid(x: Value, attrs?: { alpha?: number; beta?: number }): Value;
  }
}

/** y = min(1, max(0, alpha x + beta)). */
export const HardSigmoid = unary({
  type: "HardSigmoid",
  since: 6,
  doc: "Piecewise linear form of the logistic function.",
  attributes: { alpha: attr.float(0.2), beta: attr.float(0.5) },
  f: (x, { alpha, beta }) => Math.max(0, Math.min(1, alpha * x + beta)),
  grad: (g, { x, y, dy }, { alpha }) => {
    const zero = g.scalar(0, x.dtype);
    const inside = g.And(g.Greater(y, zero), g.Less(y, g.scalar(1, x.dtype)));
    return g.Where(inside, g.Mul(dy, g.scalar(alpha, x.dtype)), zero);
  },
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: AROUND_ZERO }, attrs: { alpha: 0.3, beta: 0.4 }, grad: ["x"] },
  ],
});
