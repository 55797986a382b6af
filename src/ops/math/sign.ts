import type { Value } from "../../ir/index.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Sign(x: Value): Value;
  }
}

export const Sign = unary({
  type: "Sign",
  since: 13,
  doc: "−1, 0 or 1.",
  f: Math.sign,
  grad: "zero",
  samples: [
    { inputs: { x: AROUND_ZERO }, grad: ["x"] },
    { inputs: { x: [2, 1, 3] } },
    { inputs: { x: { dims: [2, 3], dtype: "int32", low: -9, high: 9 } } },
    { inputs: { x: { dims: [5], dtype: "int64", low: -9, high: 9 } } },
  ],
});
