import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Neg(x: Value): Value;
  }
}

/** y = −x. */
export const Neg = unary({
  type: "Neg",
  since: 13,
  doc: "Elements with the opposite sign.",
  f: (x) => -x,
  grad: (g, { dy }) => g.Neg(dy),
  samples: [
    { inputs: { x: [2, 3] } },
    { inputs: { x: [] } },
    { inputs: { x: { dims: [2, 3], dtype: "int32", low: -9, high: 9 } } },
    { inputs: { x: { dims: [5], dtype: "int64", low: -9, high: 9 } } },
  ],
});
