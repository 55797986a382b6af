import type { Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceL1(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = Σ |x|; dx = dy sign x. */
export const ReduceL1 = reduction({
  type: "ReduceL1",
  since: 18,
  doc: "Sum of absolute values over some axes.",
  f: (values) => values.reduce((sum, v) => sum + Math.abs(v), 0),
  grad: (g, { x, dy }) => g.Mul(dy, g.Sign(x)),
  samples: [...reductionSamples({ low: 0.2, high: 2 }), ...reductionSamples({ low: -2, high: -0.2 }, WHOLE)],
});
