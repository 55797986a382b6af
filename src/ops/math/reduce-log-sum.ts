import type { Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceLogSum(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = ln Σ x; dx = dy / Σ x, and the sum is eʸ. */
export const ReduceLogSum = reduction({
  type: "ReduceLogSum",
  since: 18,
  doc: "Logarithm of the sum over some axes.",
  f: (values) => Math.log(values.reduce((sum, v) => sum + v, 0)),
  grad: (g, { y, dy, full }) => full(g.Div(dy, g.Exp(y))),
  samples: reductionSamples({ low: 0.2, high: 2 }),
});
