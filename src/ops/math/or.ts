import type { Value } from "../../ir/index.js";
import { comparison } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Or(a: Value, b: Value): Value;
  }
}

export const Or = comparison({
  type: "Or",
  since: 7,
  doc: "Logical or.",
  f: (a, b) => a !== 0 || b !== 0,
  takes: (dtype) => dtype === "bool",
  samples: [
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
