import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Blocks of channels laid out as `blocksize` x `blocksize` squares: [N, C b², H, W] to [N, C, H b, W b]. */
    DepthToSpace(x: Value, attrs: { blocksize: number; mode?: "DCR" | "CRD" }): Value;
  }
}

/** Channels laid out in space. DCR counts the place in the block before the channel, CRD after it. */
export const DepthToSpace = defineOp({
  type: "DepthToSpace",
  since: 11,
  doc: "Blocks of channels laid out as squares in space.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { blocksize: attr.int(), mode: attr.string("DCR") },
  infer({ x }, { blocksize: b = 1 }) {
    const [n, c, h, w] = x.shape;
    const depth = c === undefined ? undefined : dim.divide(c, b * b);
    if (
      n === undefined ||
      depth === undefined ||
      h === undefined ||
      w === undefined ||
      x.shape.length !== 4
    ) {
      return issue("depth_to_space", {
        expected: `x [N, C, H, W] with channels in blocks of ${b * b}`,
        received: dim.format(x.shape),
      });
    }
    return { y: { dtype: x.dtype, shape: [n, depth, dim.mul(h, b), dim.mul(w, b)] } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { blocksize: b = 1, mode }) {
    const [n = 1, c = 1, h = 1, w = 1] = x.dims;
    const depth = c / (b * b);
    return {
      y: remap(x, [n, depth, h * b, w * b], ([image = 0, d = 0, i = 0, j = 0]) => {
        const block = (i % b) * b + (j % b);
        const channel = mode === "CRD" ? d * b * b + block : block * depth + d;
        return [image, channel, Math.floor(i / b), Math.floor(j / b)];
      }),
    };
  },
  grad(g, { x }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const { blocksize: b = 1 } = attrs;
    const back = g.SpaceToDepth(dy, { blocksize: b });
    const [, channels] = x.shape;
    if (attrs.mode !== "CRD" || typeof channels !== "number") return { x: back };
    // SpaceToDepth counts as DCR does: read channel (d, block) of CRD from (block, d).
    const depth = channels / (b * b);
    const order = Array.from(
      { length: channels },
      (_, at) => (at % (b * b)) * depth + Math.floor(at / (b * b)),
    );
    return { x: g.Gather(back, g.i64(order), { axis: 1 }) };
  },
  samples: [
    { inputs: { x: [2, 8, 2, 3] }, attrs: { blocksize: 2 } },
    { inputs: { x: [1, 8, 2, 3] }, attrs: { blocksize: 2, mode: "CRD" } },
    { inputs: { x: [1, 9, 1, 2] }, attrs: { blocksize: 3 } },
  ],
});
