import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    BitwiseNot(x: Value): Value;
  }
}

/** ~x = −1 − x in two's complement; the wrap to the type does the rest. */
export const BitwiseNot = unary({
  type: "BitwiseNot",
  since: 18,
  doc: "Every bit of an integer turned.",
  f: (x) => -1 - x,
  grad: "zero",
  samples: [
    { inputs: { x: { dims: [2, 3], dtype: "int32", low: -99, high: 99 } } },
    { inputs: { x: { dims: [2, 3], dtype: "uint8", low: 0, high: 99 } } },
    { inputs: { x: { dims: [2, 3], dtype: "int64", low: -99, high: 99 } } },
    { inputs: { x: { dims: [2, 3], dtype: "uint32", low: 0, high: 99 } } },
  ],
});
