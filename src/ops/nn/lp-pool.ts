import { dim, isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { lpFactors, lpNorm } from "./lp-gradient.js";
import { POOL_ATTRIBUTES, pooledShape, poolRef, poolWindow, spreadWindows } from "./pool.js";
import type { WindowOptions } from "./window.js";

declare module "../builder.js" {
  interface OpCalls {
    /** p-norm (default 2) of the elements under each window of x [N, C, spatial...]. */
    LpPool(
      x: Value,
      attrs: WindowOptions & { kernel_shape: readonly number[]; ceil_mode?: 0 | 1; p?: number },
    ): Value;
  }
}

/** p-norm under each window. */
export const LpPool = defineOp({
  type: "LpPool",
  since: 11,
  doc: "p-norm of the elements under each window.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { ...POOL_ATTRIBUTES, p: attr.int(2) },
  infer({ x }, attrs) {
    const shape = pooledShape(x, attrs);
    return isIssue(shape) ? shape : { y: { dtype: x.dtype, shape } };
  },
  cost: (_, { y }, attrs) => ({ flops: dim.mul(2, ...y.shape, ...(attrs.kernel_shape ?? [])) }),
  evaluate({ x }, attrs) {
    return {
      y: poolRef(x, attrs, ({ base, pairs }) => {
        const under: number[] = [];
        for (let t = 1; t < pairs.length; t += 2) under.push(x.data[base + (pairs[t] ?? 0)] ?? 0);
        return lpNorm(under, attrs.p);
      }),
    };
  },
  grad(g, { x }, { y: dy }, { attrs, outputs }) {
    if (dy === undefined) return {};
    const { element, norm } = lpFactors(g, { x, y: outputs.y, dy, p: attrs.p });
    return { x: g.Mul(element, spreadWindows(g, norm, x, poolWindow(x, attrs))) };
  },
  samples: [
    { inputs: { x: [1, 2, 4, 6] }, attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    { inputs: { x: [1, 2, 5, 4] }, attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], p: 3 } },
    { inputs: { x: [2, 2, 7] }, attrs: { kernel_shape: [3], strides: [2], p: 1 } },
    { inputs: { x: [1, 1, 6, 5] }, attrs: { kernel_shape: [2, 2], dilations: [2, 2] } },
  ],
});
