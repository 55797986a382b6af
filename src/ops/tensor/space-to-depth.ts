import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Squares of `blocksize` x `blocksize` stacked as channels: [N, C, H b, W b] to [N, C b², H, W]. */
    SpaceToDepth(x: Value, attrs: { blocksize: number }): Value;
  }
}

/** Squares in space stacked as channels, the place in the square counted before the channel. */
export const SpaceToDepth = defineOp({
  type: "SpaceToDepth",
  since: 1,
  doc: "Squares in space stacked as channels.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { blocksize: attr.int() },
  infer({ x }, { blocksize: b = 1 }) {
    const [n, c, height, width] = x.shape;
    const h = height === undefined ? undefined : dim.divide(height, b);
    const w = width === undefined ? undefined : dim.divide(width, b);
    if (n === undefined || c === undefined || h === undefined || w === undefined || x.shape.length !== 4) {
      return issue("space_to_depth", {
        expected: `x [N, C, H, W] with H and W in multiples of ${b}`,
        received: dim.format(x.shape),
      });
    }
    return { y: { dtype: x.dtype, shape: [n, dim.mul(c, b * b), h, w] } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { blocksize: b = 1 }) {
    const [n = 1, c = 1, h = 1, w = 1] = x.dims;
    return {
      y: remap(x, [n, c * b * b, h / b, w / b], ([image = 0, d = 0, i = 0, j = 0]) => {
        const block = Math.floor(d / c);
        return [image, d % c, i * b + Math.floor(block / b), j * b + (block % b)];
      }),
    };
  },
  grad: (g, _, { y: dy }, { attrs }) => ({
    x: dy && g.DepthToSpace(dy, { blocksize: attrs.blocksize ?? 1 }),
  }),
  samples: [
    { inputs: { x: [2, 2, 4, 6] }, attrs: { blocksize: 2 } },
    { inputs: { x: [1, 1, 3, 6] }, attrs: { blocksize: 3 } },
  ],
});
