import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { eachIndex, ref, stridesOf } from "../reference.js";
import { axisAt, axisIssue, axisOf, offsetOf } from "./rules.js";
import { REDUCTIONS, type Reduction, reduce, scatterGrad } from "./scatter-reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `data` with the element at each index along an axis replaced by its update, or joined with it. */
    ScatterElements(
      data: Value,
      indices: Value,
      updates: Value,
      attrs?: { axis?: number; reduction?: Reduction },
    ): Value;
  }
}

/** Elements replaced one by one along an axis, or joined with updates by a reduction. */
export const ScatterElements = defineOp({
  type: "ScatterElements",
  since: 13,
  doc: "Data with single elements along an axis replaced by updates, or joined with them.",
  inputs: ["data", "indices", "updates"],
  outputs: ["y"],
  attributes: { axis: attr.int(0), reduction: attr.string("none") },
  infer({ data, indices, updates }, { axis, reduction }) {
    const rank = data.shape.length;
    if (axisOf(axis, rank) === undefined) return axisIssue(axis, rank);
    if (!REDUCTIONS.includes(reduction)) {
      return issue("scatter_reduction", { expected: `one of ${REDUCTIONS.join(", ")}`, received: reduction });
    }
    const off = indices.shape.some((d, i) => dim.conflict(d, updates.shape[i] ?? 1));
    if (indices.shape.length !== rank || updates.shape.length !== rank || off) {
      return issue("scatter_updates", {
        expected: `indices and updates of one shape of rank ${rank}`,
        received: `${dim.format(indices.shape)} and ${dim.format(updates.shape)}`,
      });
    }
    return { y: { dtype: data.dtype, shape: data.shape } };
  },
  cost: ({ updates }, _, { reduction }) => ({ flops: reduction === "none" ? 0 : dim.size(updates.shape) }),
  evaluate({ data, indices, updates }, { axis, reduction }) {
    const at = axisAt(axis, data.dims.length);
    const length = data.dims[at] ?? 1;
    const strides = stridesOf(data.dims);
    const out = ref(data.dtype, data.dims, data.data.slice());
    eachIndex(indices.dims, (index, flat) => {
      const chosen = indices.data[flat] ?? 0;
      const place = offsetOf(index.with(at, chosen < 0 ? chosen + length : chosen), strides);
      out.data[place] = reduce(reduction, out.data[place] ?? 0, updates.data[flat] ?? 0);
    });
    return { y: out };
  },
  grad(g, { data, indices, updates }, { y: dy }, { attrs, outputs, needs }) {
    if (dy === undefined) return {};
    const { axis } = attrs;
    return scatterGrad(
      g,
      {
        gather: (x) => g.GatherElements(x, indices, { axis }),
        scatter: (onto, values, reduction) => g.ScatterElements(onto, indices, values, { axis, reduction }),
      },
      attrs.reduction,
      { data, updates, y: outputs.y, dy },
      needs,
    );
  },
  samples: [
    {
      inputs: {
        data: [3, 3],
        indices: { dims: [2, 3], dtype: "int64", values: [1, 0, 2, 0, 2, 1] },
        updates: [2, 3],
      },
    },
    {
      inputs: { data: [1, 5], indices: { dims: [1, 2], dtype: "int64", values: [1, -2] }, updates: [1, 2] },
      attrs: { axis: 1 },
    },
    ...["add", "mul", "max", "min"].map((reduction) => ({
      inputs: {
        data: [2, 4],
        indices: { dims: [2, 3], dtype: "int64" as const, values: [1, 1, 3, 0, 2, 2] },
        updates: { dims: [2, 3], low: 0.5, high: 2 },
      },
      attrs: { axis: 1, reduction },
    })),
    {
      inputs: {
        data: [6],
        indices: { dims: [4], dtype: "int64", low: 0, high: 6, feed: true },
        updates: [4],
      },
      attrs: { reduction: "add" },
    },
  ],
});
