import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    ThresholdedRelu(x: Value, attrs?: { alpha?: number }): Value;
  }
}

/** y = x for x > alpha, otherwise 0. */
export const ThresholdedRelu = unary({
  type: "ThresholdedRelu",
  since: 10,
  doc: "Identity above a threshold, 0 up to it.",
  attributes: { alpha: attr.float(1) },
  f: (x, { alpha }) => (x > alpha ? x : 0),
  grad: (g, { x, dy }, { alpha }) =>
    g.Where(g.Greater(x, g.scalar(alpha, x.dtype)), dy, g.scalar(0, x.dtype)),
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: AROUND_ZERO }, attrs: { alpha: 0.5 }, grad: ["x"] },
  ],
});
