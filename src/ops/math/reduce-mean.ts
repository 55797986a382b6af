import type { Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceMean(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = Σ x / n; dx = dy / n. */
export const ReduceMean = reduction({
  type: "ReduceMean",
  since: 18,
  doc: "Mean over some axes.",
  f: (values) => values.reduce((sum, v) => sum + v, 0) / values.length,
  grad: (g, { dy, full, count }) => full(g.Div(dy, count())),
  samples: reductionSamples({}, WHOLE),
});
