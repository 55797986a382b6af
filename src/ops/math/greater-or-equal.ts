import type { Value } from "../../ir/index.js";
import { comparison, PAIRS } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    GreaterOrEqual(a: Value, b: Value): Value;
  }
}

export const GreaterOrEqual = comparison({
  type: "GreaterOrEqual",
  since: 16,
  doc: "Whether a is greater than or equal to b.",
  f: (a, b) => a >= b,
  samples: [
    ...PAIRS,
    {
      inputs: { a: { dims: [6], values: [1, 2, 3, 4, 5, 6] }, b: { dims: [6], values: [1, 3, 2, 4, 6, 5] } },
    },
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int32", low: -2, high: 2 },
        b: { dims: [3], dtype: "int32", low: -2, high: 2 },
      },
    },
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int64", low: -2, high: 2 },
        b: { dims: [3], dtype: "int64", low: -2, high: 2 },
      },
    },
  ],
});
