import { broadcastShapes, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { expandRef } from "../reference.js";
import { lengthOf, listOf, unknownRank, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Broadcast `x` with `shape` (a length of 1 in `shape` keeps the length of `x`). */
    Expand(x: Value, shape: Value): Value;
  }
}

/** Broadcast to a shape. */
export const Expand = defineOp({
  type: "Expand",
  since: 8,
  doc: "Broadcast the input with a shape; a length of 1 in the shape keeps the input's length.",
  inputs: ["x", "shape"],
  outputs: ["y"],
  infer({ x, shape }) {
    const target = lengthsIn(shape);
    if (target === undefined) {
      const length = lengthOf(shape);
      if (length === undefined) return unknownRank("shape");
      const out = unknownShape(Math.max(length, x.shape.length));
      const lead = out.length - x.shape.length;
      // A length above one stays what it is.
      x.shape.forEach((d, i) => {
        if (typeof d === "number" && d > 1) out[lead + i] = d;
      });
      return { y: { dtype: x.dtype, shape: out } };
    }
    const out = broadcastShapes(x.shape, target);
    if (out === undefined) {
      return issue("expand_shape", {
        expected: `a shape that ${dim.format(x.shape)} broadcasts to`,
        received: `[${target.join(", ")}]`,
      });
    }
    return { y: { dtype: x.dtype, shape: out } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, shape }) {
    const out = broadcastShapes(x.dims, listOf(shape) ?? []) ?? [];
    return { y: expandRef(x, out.map(Number)) };
  },
  // The walker sums the broadcast axes.
  grad: (_, __, { y: dy }) => ({ x: dy }),
  samples: [
    { inputs: { x: [3, 1], shape: { dims: [2], dtype: "int64", values: [3, 4] } } },
    { inputs: { x: [3, 1], shape: { dims: [3], dtype: "int64", values: [2, 1, 5] } } },
    { inputs: { x: [], shape: { dims: [2], dtype: "int64", values: [2, 2] } } },
    { inputs: { x: [2, 3], shape: { dims: [1], dtype: "int64", values: [1] } } },
  ],
});
