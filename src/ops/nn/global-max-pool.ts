import { dim } from "../../base/index.js";
import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { globalRef, globalShape } from "./global-pool.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Largest element over all spatial axes: [N, C, spatial...] to [N, C, 1...]. */
    GlobalMaxPool(x: Value): Value;
  }
}

/** Largest element over all spatial axes, which stay with length 1. */
export const GlobalMaxPool = defineOp({
  type: "GlobalMaxPool",
  since: 1,
  doc: "Largest element over all spatial axes, which stay with length 1.",
  inputs: ["x"],
  outputs: ["y"],
  infer: ({ x }) => ({ y: { dtype: x.dtype, shape: globalShape(x.shape) } }),
  cost: ({ x }) => ({ flops: dim.size(x.shape) }),
  evaluate: ({ x }) => ({
    y: globalRef(x, (plane) => plane.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  }),
  // Equal largest elements share the gradient.
  grad(g, { x }, { y: dy }, { outputs }) {
    if (dy === undefined) return {};
    const hits = g.Cast(g.Equal(x, outputs.y), { to: ONNX_DTYPE[x.dtype] });
    const axes = g.i64(x.shape.slice(2).map((_, i) => i + 2));
    return { x: g.Mul(hits, g.Div(dy, g.ReduceSum(hits, axes, { keepdims: 1 }))) };
  },
  samples: [
    { inputs: { x: [2, 3, 4, 5] } },
    { inputs: { x: [2, 3, 4] } },
    { inputs: { x: { dims: [1, 1, 2, 2], values: [1, 3, 3, 0], feed: true } }, grad: [] },
  ],
});
