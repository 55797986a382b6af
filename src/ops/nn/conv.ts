import { dim, fail, isIssue, unwrap } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { convBiasGrad, convInputGrad, convWeightGrad } from "./conv-grad.js";
import { convRef } from "./conv-ref.js";
import { convShape } from "./conv-shape.js";
import { sliding, WINDOW_ATTRIBUTES, type WindowOptions, windowRule } from "./window.js";

declare module "../builder.js" {
  interface OpCalls {
    /** x [N, C, spatial...] with filters w [M, C/group, kernel...] and bias b [M]; gives [N, M, spatial...]. */
    Conv(x: Value, w: Value, b?: Value, attrs?: WindowOptions & { group?: number }): Value;
    Conv(x: Value, w: Value, attrs: WindowOptions & { group?: number }): Value;
  }
}

/** Convolution (cross-correlation) over any number of spatial axes; gradients are in `conv-grad.ts`. */
export const Conv = defineOp({
  type: "Conv",
  since: 11,
  doc: "Cross-correlation of [N, C, spatial...] with filters [M, C/group, kernel...], plus a bias.",
  inputs: ["x", "w", "b?"],
  outputs: ["y"],
  attributes: { ...WINDOW_ATTRIBUTES, group: attr.int(1) },
  infer({ x, w, b }, attrs) {
    const shape = convShape(x, w, b, attrs);
    return isIssue(shape) ? shape : { y: { dtype: x.dtype, shape } };
  },
  cost({ w, b }, { y }) {
    const macs = dim.mul(...y.shape, ...w.shape.slice(1));
    return { macs, flops: dim.add(dim.mul(2, macs), b === undefined ? 0 : dim.size(y.shape)) };
  },
  evaluate: ({ x, w, b }, attrs) => ({ y: convRef(x, w, b, attrs) }),
  grad(g, { x, w, b }, { y: dy }, { attrs, needs }) {
    if (dy === undefined) return {};
    const kernel = w.shape.slice(2);
    if (!dim.isStatic(kernel)) return fail("conv_kernel", { received: dim.format(w.shape) });
    const window = { ...sliding(unwrap(windowRule(attrs, x.shape.slice(2), kernel))), group: attrs.group };
    return {
      x: needs("x") ? convInputGrad(g, dy, w, x, window) : undefined,
      w: needs("w") ? convWeightGrad(g, x, dy, w, window) : undefined,
      b: b !== undefined && needs("b") ? convBiasGrad(g, dy) : undefined,
    };
  },
  samples: [
    { inputs: { x: [2, 3, 5, 6], w: [4, 3, 3, 3], b: [4] }, attrs: { pads: [1, 1, 1, 1] } },
    { inputs: { x: [2, 3, 4, 4], w: [5, 3, 1, 1] } },
    { inputs: { x: [2, 4, 4, 3], w: [6, 2, 1, 1], b: [6] }, attrs: { group: 2 } },
    { inputs: { x: [1, 3, 5, 5], w: [2, 3, 1, 1] }, attrs: { strides: [2, 2] } },
    { inputs: { x: [2, 2, 6, 5], w: [3, 2, 3, 2] }, attrs: { strides: [2, 1], pads: [1, 0, 0, 1] } },
    { inputs: { x: [1, 2, 7, 8], w: [2, 2, 3, 3], b: [2] }, attrs: { strides: [2, 3], pads: [1, 1, 1, 1] } },
    { inputs: { x: [1, 2, 7, 7], w: [2, 2, 3, 2] }, attrs: { dilations: [2, 3], pads: [2, 1, 1, 0] } },
    {
      inputs: { x: [1, 2, 8, 7], w: [2, 2, 2, 3] },
      attrs: { dilations: [3, 2], strides: [2, 2], pads: [0, 2, 1, 3] },
    },
    { inputs: { x: [2, 4, 5, 5], w: [4, 1, 3, 3], b: [4] }, attrs: { group: 4, pads: [1, 1, 1, 1] } },
    {
      inputs: { x: [1, 3, 6, 6], w: [6, 1, 3, 3] },
      attrs: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    { inputs: { x: [2, 4, 5, 4], w: [6, 2, 2, 3] }, attrs: { group: 2, pads: [1, 0, 0, 1] } },
    {
      inputs: { x: [2, 4, 6, 5], w: [6, 2, 3, 3] },
      attrs: { group: 2, strides: [2, 2], dilations: [1, 2], pads: [1, 2, 1, 2] },
    },
    { inputs: { x: [1, 2, 5, 6], w: [2, 2, 3, 3] }, attrs: { auto_pad: "SAME_UPPER", strides: [2, 2] } },
    { inputs: { x: [1, 2, 5, 6], w: [2, 2, 2, 3] }, attrs: { auto_pad: "SAME_LOWER" } },
    { inputs: { x: [1, 2, 5, 6], w: [2, 2, 2, 3] }, attrs: { auto_pad: "VALID" } },
    { inputs: { x: [1, 2, 3, 3], w: [2, 2, 2, 2] }, attrs: { pads: [2, 3, 2, 2] } },
    { inputs: { x: [2, 3, 9], w: [4, 3, 3], b: [4] }, attrs: { strides: [2], pads: [1, 1] } },
    { inputs: { x: [2, 4, 7], w: [4, 1, 3] }, attrs: { group: 4, dilations: [2], pads: [2, 2] } },
    { inputs: { x: [1, 2, 4, 3, 4], w: [3, 2, 2, 2, 3], b: [3] }, attrs: { pads: [1, 0, 1, 0, 1, 1] } },
    {
      inputs: { x: [1, 2, 5, 4, 5], w: [2, 2, 3, 2, 2] },
      attrs: { strides: [2, 2, 1], pads: [1, 0, 0, 1, 0, 1] },
    },
  ],
});
