import type { Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceSum(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = Σ x; dx = dy. */
export const ReduceSum = reduction({
  type: "ReduceSum",
  since: 13,
  doc: "Sum over some axes.",
  f: (values) => values.reduce((sum, v) => sum + v, 0),
  grad: (_, { dy, full }) => full(dy),
  samples: reductionSamples({}, WHOLE),
});
