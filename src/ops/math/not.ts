import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Not(x: Value): Value;
  }
}

export const Not = unary({
  type: "Not",
  since: 1,
  doc: "Logical negation.",
  f: (x) => (x === 0 ? 1 : 0),
  grad: "zero",
  samples: [{ inputs: { x: { dims: [2, 3], dtype: "bool", low: 0, high: 2 } } }],
});
