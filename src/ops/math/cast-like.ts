import { isFloat, ONNX_DTYPE, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { castRef } from "./cast.js";

declare module "../builder.js" {
  interface OpCalls {
    /** x in the element type of `target`. */
    CastLike(x: Value, target: Value, attrs?: { saturate?: 0 | 1 }): Value;
  }
}

export const CastLike = defineOp({
  type: "CastLike",
  since: 15,
  doc: "Elements in the type of another tensor.",
  inputs: ["x", "target"],
  outputs: ["y"],
  attributes: { saturate: attr.int(1) },
  infer: ({ x, target }) => ({ y: { dtype: target.dtype, shape: x.shape } }),
  cost: () => ({ flops: 0 }),
  evaluate: ({ x, target }) => ({ y: castRef(x, target.dtype) }),
  grad: (g, { x }, { y: dy }) =>
    dy && isFloat(x.dtype) && isFloat(dy.dtype) ? { x: g.Cast(dy, { to: ONNX_DTYPE[x.dtype] }) } : {},
  samples: [
    { inputs: { x: [2, 3], target: { dims: [1], dtype: "int64", values: [1] } } },
    { inputs: { x: { dims: [2, 3], dtype: "int64", low: -9, high: 9 }, target: [] }, grad: [] },
    { inputs: { x: [2, 3], target: { dims: [], values: [1] } } },
  ],
});
