import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceMax(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = max x. */
export const ReduceMax = reduction({
  type: "ReduceMax",
  since: 18,
  doc: "Largest element over some axes; the derivative is shared among equal ones.",
  f: (values) => Math.max(...values),
  grad: (g, { x, y, dy, reduce }) => {
    const hits = g.Cast(g.Equal(x, y), { to: ONNX_DTYPE[x.dtype] });
    return g.Mul(g.Div(dy, reduce("ReduceSum", hits)), hits);
  },
  samples: reductionSamples({}, WHOLE),
});
