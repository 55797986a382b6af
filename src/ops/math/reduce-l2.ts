import type { Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceL2(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = √Σ x²; dx = dy x / y. */
export const ReduceL2 = reduction({
  type: "ReduceL2",
  since: 18,
  doc: "Euclidean norm over some axes; its derivative at 0 is taken to be 0.",
  f: (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)),
  grad: (g, { x, y, dy, scalar }) => {
    const norm = g.Where(g.Equal(y, scalar(0)), scalar(1), y);
    return g.Mul(g.Div(dy, norm), x);
  },
  samples: reductionSamples({ low: 0.2, high: 2 }, WHOLE),
});
