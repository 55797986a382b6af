import { dim } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { axisIssue, reshapeTo } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** A matrix: the axes before `axis` as rows, the others as columns. */
    Flatten(x: Value, attrs?: { axis?: number }): Value;
  }
}

/** A tensor as a matrix. */
export const Flatten = defineOp({
  type: "Flatten",
  since: 1,
  doc: "A matrix: the axes before a given one as rows, the others as columns.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { axis: attr.int(1) },
  infer({ x }, { axis }) {
    const rank = x.shape.length;
    const at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at > rank) return axisIssue(axis, rank + 1);
    return { y: { dtype: x.dtype, shape: [dim.size(x.shape.slice(0, at)), dim.size(x.shape.slice(at))] } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { axis }) {
    const at = axis < 0 ? axis + x.dims.length : axis;
    return { y: ref(x.dtype, [sizeOf(x.dims.slice(0, at)), sizeOf(x.dims.slice(at))], x.data) };
  },
  grad: (g, { x }, { y: dy }) => ({ x: dy && reshapeTo(g, dy, x.shape, x) }),
  samples: [
    { inputs: { x: [2, 3, 4] } },
    { inputs: { x: [2, 3, 4] }, attrs: { axis: -1 } },
    { inputs: { x: [2, 3, 4] }, attrs: { axis: 0 } },
    { inputs: { x: [2, 3] }, attrs: { axis: 2 } },
  ],
});
