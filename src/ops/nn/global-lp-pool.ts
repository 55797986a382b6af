import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { globalRef, globalShape } from "./global-pool.js";
import { lpFactors, lpNorm } from "./lp-gradient.js";

declare module "../builder.js" {
  interface OpCalls {
    /** p-norm (default 2) over all spatial axes: [N, C, spatial...] to [N, C, 1...]. */
    GlobalLpPool(x: Value, attrs?: { p?: number }): Value;
  }
}

/** p-norm over all spatial axes, which stay with length 1. */
export const GlobalLpPool = defineOp({
  type: "GlobalLpPool",
  since: 2,
  doc: "p-norm over all spatial axes, which stay with length 1.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { p: attr.int(2) },
  infer: ({ x }) => ({ y: { dtype: x.dtype, shape: globalShape(x.shape) } }),
  cost: ({ x }) => ({ flops: dim.mul(2, dim.size(x.shape)) }),
  evaluate: ({ x }, { p }) => ({ y: globalRef(x, (plane) => lpNorm(plane, p)) }),
  grad(g, { x }, { y: dy }, { attrs, outputs }) {
    if (dy === undefined) return {};
    const { element, norm } = lpFactors(g, { x, y: outputs.y, dy, p: attrs.p });
    return { x: g.Mul(element, norm) };
  },
  samples: [
    { inputs: { x: [2, 3, 4, 5] } },
    { inputs: { x: [2, 3, 4] }, attrs: { p: 1 } },
    { inputs: { x: [1, 2, 2, 3] }, attrs: { p: 3 } },
  ],
});
