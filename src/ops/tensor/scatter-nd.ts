import { dim, issue } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { blockOf } from "./gather-nd.js";
import { REDUCTIONS, type Reduction, reduce, scatterGrad } from "./scatter-reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `data` with the blocks at `indices` [..., depth] replaced by `updates`, or joined with them. */
    ScatterND(data: Value, indices: Value, updates: Value, attrs?: { reduction?: Reduction }): Value;
  }
}

/** Blocks of a tensor replaced, or joined with updates by a reduction. */
export const ScatterND = defineOp({
  type: "ScatterND",
  since: 13,
  doc: "Data with the blocks at given index tuples replaced by updates, or joined with them.",
  inputs: ["data", "indices", "updates"],
  outputs: ["y"],
  attributes: { reduction: attr.string("none") },
  infer({ data, indices, updates }, { reduction }) {
    const depth = indices.shape.at(-1);
    if (!REDUCTIONS.includes(reduction)) {
      return issue("scatter_reduction", { expected: `one of ${REDUCTIONS.join(", ")}`, received: reduction });
    }
    if (depth === undefined || (typeof depth === "number" && depth > data.shape.length)) {
      return issue("scatter_depth", {
        expected: `indices of at most ${data.shape.length} coordinates`,
        received: dim.format(indices.shape),
      });
    }
    if (typeof depth === "number") {
      const wanted = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
      const off =
        updates.shape.length !== wanted.length ||
        wanted.some((d, i) => dim.conflict(d, updates.shape[i] ?? 1));
      if (off) {
        return issue("scatter_updates", {
          expected: `updates of shape ${dim.format(wanted)}`,
          received: dim.format(updates.shape),
        });
      }
    }
    return { y: { dtype: data.dtype, shape: data.shape } };
  },
  cost: ({ updates }, _, { reduction }) => ({ flops: reduction === "none" ? 0 : dim.size(updates.shape) }),
  evaluate({ data, indices, updates }, { reduction }) {
    const out = ref(data.dtype, data.dims, data.data.slice());
    const depth = indices.dims.at(-1) ?? 0;
    const block = sizeOf(data.dims.slice(depth));
    const count = sizeOf(indices.dims.slice(0, -1));
    for (let k = 0; k < count; k++) {
      const start = blockOf(data.dims, indices.data.subarray(k * depth, (k + 1) * depth)) * block;
      for (let i = 0; i < block; i++) {
        out.data[start + i] = reduce(reduction, out.data[start + i] ?? 0, updates.data[k * block + i] ?? 0);
      }
    }
    return { y: out };
  },
  grad(g, { data, indices, updates }, { y: dy }, { attrs, outputs, needs }) {
    if (dy === undefined) return {};
    return scatterGrad(
      g,
      {
        gather: (x) => g.GatherND(x, indices),
        scatter: (onto, values, reduction) => g.ScatterND(onto, indices, values, { reduction }),
      },
      attrs.reduction,
      { data, updates, y: outputs.y, dy },
      needs,
    );
  },
  samples: [
    { inputs: { data: [5, 2], indices: { dims: [2, 1], dtype: "int64", values: [3, 0] }, updates: [2, 2] } },
    {
      inputs: {
        data: [3, 4],
        indices: { dims: [3, 2], dtype: "int64", values: [0, 1, 2, -1, 1, 1] },
        updates: [3],
      },
    },
    ...["add", "mul", "max", "min"].map((reduction) => ({
      inputs: {
        data: [4, 2],
        indices: { dims: [3, 1], dtype: "int64" as const, values: [1, 3, 1] },
        updates: { dims: [3, 2], low: 0.5, high: 2 },
      },
      attrs: { reduction },
    })),
    {
      inputs: {
        data: [4],
        indices: { dims: [2, 2, 1], dtype: "int64", values: [1, 0, 1, 2], feed: true },
        updates: [2, 2],
      },
      attrs: { reduction: "add" },
    },
  ],
});
