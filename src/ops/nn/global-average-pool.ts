import { dim } from "../../base/index.js";
import { ONNX_DTYPE, sizeOf, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { globalRef, globalShape } from "./global-pool.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Mean over all spatial axes: [N, C, spatial...] to [N, C, 1...]. */
    GlobalAveragePool(x: Value): Value;
  }
}

/** Mean over all spatial axes, which stay with length 1. */
export const GlobalAveragePool = defineOp({
  type: "GlobalAveragePool",
  since: 1,
  doc: "Mean over all spatial axes, which stay with length 1.",
  inputs: ["x"],
  outputs: ["y"],
  infer: ({ x }) => ({ y: { dtype: x.dtype, shape: globalShape(x.shape) } }),
  cost: ({ x }) => ({ flops: dim.size(x.shape) }),
  evaluate: ({ x }) => ({
    y: globalRef(x, (plane) => plane.reduce((a, b) => a + b, 0) / plane.length),
  }),
  grad: (g, { x }, { y: dy }, { outputs }) => ({ x: dy && g.Div(dy, planeSize(g, x, outputs.y)) }),
  samples: [
    { inputs: { x: [2, 3, 4, 5] } },
    { inputs: { x: [2, 3, 4] } },
    { inputs: { x: [1, 2, 2, 3, 2] } },
  ],
});

/** Elements of one plane, as a scalar of the dtype of `x`. */
function planeSize(g: Builder, x: Value, y: Value): Value {
  const spatial = x.shape.slice(2);
  if (dim.isStatic(spatial)) return g.scalar(sizeOf(spatial), x.dtype);
  return g.Cast(g.Div(g.Size(x), g.Size(y)), { to: ONNX_DTYPE[x.dtype] });
}
