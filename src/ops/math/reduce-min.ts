import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceMin(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = min x. */
export const ReduceMin = reduction({
  type: "ReduceMin",
  since: 18,
  doc: "Smallest element over some axes; the derivative is shared among equal ones.",
  f: (values) => Math.min(...values),
  grad: (g, { x, y, dy, reduce }) => {
    const hits = g.Cast(g.Equal(x, y), { to: ONNX_DTYPE[x.dtype] });
    return g.Mul(g.Div(dy, reduce("ReduceSum", hits)), hits);
  },
  samples: reductionSamples({}, WHOLE),
});
