import { dim, issue } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { stridesOf } from "../reference.js";
import { axisAt, axisIssue, axisOf, remap, shapeOf } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** For each place of `indices`, the element of `x` there but at that index along an axis. */
    GatherElements(x: Value, indices: Value, attrs?: { axis?: number }): Value;
  }
}

/** Elements chosen one by one along an axis. */
export const GatherElements = defineOp({
  type: "GatherElements",
  since: 13,
  doc: "Elements chosen one by one along an axis; the result has the shape of the indices.",
  inputs: ["x", "indices"],
  outputs: ["y"],
  attributes: { axis: attr.int(0) },
  infer({ x, indices }, { axis }) {
    const rank = x.shape.length;
    if (axisOf(axis, rank) === undefined) return axisIssue(axis, rank);
    if (indices.shape.length !== rank) {
      return issue("gather_rank", {
        expected: `indices of rank ${rank}`,
        received: dim.format(indices.shape),
      });
    }
    return { y: { dtype: x.dtype, shape: indices.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, indices }, { axis }) {
    const at = axisAt(axis, x.dims.length);
    const length = x.dims[at] ?? 1;
    const strides = stridesOf(indices.dims);
    return {
      y: remap(x, indices.dims, (index) => {
        const chosen = indices.data[index.reduce((sum, i, k) => sum + i * (strides[k] ?? 0), 0)] ?? 0;
        return index.with(at, chosen < 0 ? chosen + length : chosen);
      }),
    };
  },
  grad(g, { x, indices }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const zeros = g.ConstantOfShape(shapeOf(g, x), { value: tensor(x.dtype, [1], [0]) });
    return { x: g.ScatterElements(zeros, indices, dy, { axis: attrs.axis, reduction: "add" }) };
  },
  samples: [
    { inputs: { x: [3, 4], indices: { dims: [2, 4], dtype: "int64", values: [0, 2, -1, 0, 1, 1, 0, 2] } } },
    {
      inputs: { x: [2, 3, 4], indices: { dims: [2, 3, 5], dtype: "int64", low: 0, high: 4, feed: true } },
      attrs: { axis: -1 },
    },
  ],
});
