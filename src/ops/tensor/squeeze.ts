import { isIssue, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { sameContents } from "../contents.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { axesOf, integersOf, lengthOf, listOf, reshapeTo, unknownRank, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Drop axes of length 1: those in `axes`, or all. */
    Squeeze(x: Value, axes?: Value): Value;
  }
}

/** Drop axes of length 1. */
export const Squeeze = defineOp({
  type: "Squeeze",
  since: 13,
  doc: "Drop axes of length 1: those that are named, or all.",
  inputs: ["x", "axes?"],
  outputs: ["y"],
  infer({ x, axes }) {
    const given = axes === undefined ? x.shape.flatMap((d, i) => (d === 1 ? [i] : [])) : integersOf(axes);
    if (given === undefined) {
      const count = axes && lengthOf(axes);
      if (count === undefined) return unknownRank("axes");
      return { y: { dtype: x.dtype, shape: unknownShape(x.shape.length - count) } };
    }
    const dropped = axesOf(given, x.shape.length);
    if (isIssue(dropped)) return dropped;
    const long = dropped.find((axis) => typeof x.shape[axis] === "number" && x.shape[axis] !== 1);
    if (long !== undefined) {
      return issue("squeeze_length", { expected: `axis ${long} of length 1`, received: `${x.shape[long]}` });
    }
    return { y: { dtype: x.dtype, shape: x.shape.filter((_, i) => !dropped.includes(i)) } };
  },
  contents: ({ x }) => sameContents(x),
  cost: () => ({ flops: 0 }),
  evaluate({ x, axes }) {
    const rank = x.dims.length;
    const dropped = listOf(axes)?.map((a) => (a < 0 ? a + rank : a));
    const keep = x.dims.filter((d, i) => (dropped === undefined ? d !== 1 : !dropped.includes(i)));
    return { y: ref(x.dtype, keep, x.data) };
  },
  grad(g, { x, axes }, { y: dy }) {
    if (dy === undefined) return {};
    return { x: axes === undefined ? reshapeTo(g, dy, x.shape, x) : g.Unsqueeze(dy, axes) };
  },
  samples: [
    { inputs: { x: [2, 1, 3, 1], axes: { dims: [1], dtype: "int64", values: [-1] } } },
    { inputs: { x: [2, 1, 3, 1], axes: { dims: [2], dtype: "int64", values: [3, 1] } } },
    { inputs: { x: [1, 2, 1] } },
  ],
});
