import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { integersOf, listOf, remap, shapeOf, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `x` repeated along each axis as often as `repeats` (one number an axis) says. */
    Tile(x: Value, repeats: Value): Value;
  }
}

/** A tensor repeated along its axes. */
export const Tile = defineOp({
  type: "Tile",
  since: 6,
  doc: "The input repeated along each axis.",
  inputs: ["x", "repeats"],
  outputs: ["y"],
  infer({ x, repeats }) {
    const times = lengthsIn(repeats);
    const rank = x.shape.length;
    if (times === undefined) return { y: { dtype: x.dtype, shape: unknownShape(rank) } };
    if (times.length !== rank) {
      return issue("tile_repeats", { expected: `${rank} repeats`, received: `${times.length}` });
    }
    return { y: { dtype: x.dtype, shape: x.shape.map((d, i) => dim.mul(d, times[i] ?? 1)) } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, repeats }) {
    const times = listOf(repeats) ?? [];
    const dims = x.dims.map((d, i) => d * (times[i] ?? 1));
    return { y: remap(x, dims, (index) => index.map((at, i) => at % (x.dims[i] ?? 1))) };
  },
  // Every repeat on an axis of its own, then summed over those.
  grad(g, { x, repeats }, { y: dy }) {
    if (dy === undefined) return {};
    const pairs = [g.Unsqueeze(repeats, g.i64([1])), g.Unsqueeze(shapeOf(g, x), g.i64([1]))];
    const times = integersOf({ dtype: "int64", shape: repeats.shape, constant: repeats.data });
    const shape =
      times !== undefined && dim.isStatic(x.shape)
        ? g.i64(x.shape.flatMap((d, i) => [times[i] ?? 1, Number(d)]))
        : g.Reshape(g.Concat(pairs, { axis: 1 }), g.i64([-1]));
    const axes = g.i64(x.shape.map((_, i) => 2 * i));
    return { x: g.ReduceSum(g.Reshape(dy, shape), axes, { keepdims: 0 }) };
  },
  samples: [
    { inputs: { x: [2, 3], repeats: { dims: [2], dtype: "int64", values: [2, 3] } } },
    { inputs: { x: [2, 1, 3], repeats: { dims: [3], dtype: "int64", values: [1, 4, 2] } } },
    { inputs: { x: [3], repeats: { dims: [1], dtype: "int64", values: [2], feed: true } } },
  ],
});
