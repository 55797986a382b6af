import type { Value } from "../../ir/index.js";
import { comparison, PAIRS } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Equal(a: Value, b: Value): Value;
  }
}

export const Equal = comparison({
  type: "Equal",
  since: 13,
  doc: "Whether a equals b.",
  f: (a, b) => a === b,
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
    {
      inputs: {
        a: { dims: [2, 3], dtype: "bool", low: 0, high: 2 },
        b: { dims: [3], dtype: "bool", low: 0, high: 2 },
      },
    },
    {
      inputs: {
        a: { dims: [4], dtype: "bool", values: [0, 0, 1, 1] },
        b: { dims: [4], dtype: "bool", values: [0, 1, 0, 1] },
      },
    },
  ],
});
