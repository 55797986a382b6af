import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    IsNaN(x: Value): Value;
  }
}

export const IsNaN = unary({
  type: "IsNaN",
  since: 13,
  doc: "Whether an element is not a number.",
  result: "bool",
  f: (x) => Number(Number.isNaN(x)),
  grad: "zero",
  samples: [
    {
      inputs: {
        x: { dims: [5], values: [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0] },
      },
    },
    { inputs: { x: [2, 3] } },
  ],
});
