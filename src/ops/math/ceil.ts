import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Ceil(x: Value): Value;
  }
}

export const Ceil = unary({
  type: "Ceil",
  since: 13,
  doc: "Smallest whole number that is not below x.",
  f: Math.ceil,
  grad: "zero",
  samples: [
    { inputs: { x: [2, 3] } },
    { inputs: { x: { dims: [2, 5], values: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -1.2, 0.7, 3, 0] } } },
  ],
});
