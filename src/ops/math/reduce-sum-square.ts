import type { Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceSumSquare(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = Σ x²; dx = 2 dy x. */
export const ReduceSumSquare = reduction({
  type: "ReduceSumSquare",
  since: 18,
  doc: "Sum of squares over some axes.",
  f: (values) => values.reduce((sum, v) => sum + v * v, 0),
  grad: (g, { x, dy, scalar }) => g.Mul(g.Mul(dy, scalar(2)), x),
  samples: reductionSamples({}, WHOLE),
});
