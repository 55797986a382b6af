import type { Value } from "../../ir/index.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Abs(x: Value): Value;
  }
}

/** y = |x|, y' = sign x. */
export const Abs = unary({
  type: "Abs",
  since: 13,
  doc: "Absolute value; its derivative at 0 is taken to be 0.",
  f: Math.abs,
  grad: (g, { x, dy }) => g.Mul(dy, g.Sign(x)),
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: { dims: [2, 3], dtype: "int32", low: -9, high: 9 } } },
    { inputs: { x: { dims: [5], dtype: "int64", low: -9, high: 9 } } },
  ],
});
