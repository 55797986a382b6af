import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Shrink(x: Value, attrs?: { lambd?: number; bias?: number }): Value;
  }
}

/** x + bias below −lambd, x − bias above lambd, 0 between: soft thresholding where the two are equal. */
export const Shrink = unary({
  type: "Shrink",
  since: 9,
  doc: "0 for small x, x moved towards 0 by bias elsewhere.",
  attributes: { lambd: attr.float(0.5), bias: attr.float(0) },
  flops: 2,
  f: (x, { lambd, bias }) => (x < -lambd ? x + bias : x > lambd ? x - bias : 0),
  grad: (g, { x, dy }, { lambd }) =>
    g.Where(g.Greater(g.Abs(x), g.scalar(lambd, x.dtype)), dy, g.scalar(0, x.dtype)),
  samples: [
    { inputs: { x: AROUND_ZERO }, attrs: { lambd: 0.6 } },
    { inputs: { x: AROUND_ZERO }, attrs: { lambd: 1, bias: 1 } },
  ],
});
