import type { Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceLogSumExp(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = ln Σ eˣ; dx = dy exp(x − y). */
export const ReduceLogSumExp = reduction({
  type: "ReduceLogSumExp",
  since: 18,
  doc: "Logarithm of the sum of exponentials over some axes, without overflow.",
  f: (values) => {
    const top = Math.max(...values);
    return top + Math.log(values.reduce((sum, v) => sum + Math.exp(v - top), 0));
  },
  grad: (g, { x, y, dy }) => g.Mul(dy, g.Exp(g.Sub(x, y))),
  samples: reductionSamples(),
});
