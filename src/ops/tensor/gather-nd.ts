import { dim, issue } from "../../base/index.js";
import { sizeOf, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { shapeOf } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Blocks of `x` at index tuples `indices` [..., depth]; the first `batch_dims` axes are shared. */
    GatherND(x: Value, indices: Value, attrs?: { batch_dims?: number }): Value;
  }
}

/** Blocks of a tensor at index tuples. */
export const GatherND = defineOp({
  type: "GatherND",
  since: 13,
  doc: "Blocks of a tensor at index tuples; leading batch axes are shared.",
  inputs: ["x", "indices"],
  outputs: ["y"],
  attributes: { batch_dims: attr.int(0) },
  infer({ x, indices }, { batch_dims: batch }) {
    const depth = indices.shape.at(-1);
    if (typeof depth !== "number" || batch + depth > x.shape.length || batch >= indices.shape.length) {
      return issue("gather_depth", {
        expected: `indices of at most ${x.shape.length - batch} coordinates after ${batch} shared axes`,
        received: dim.format(indices.shape),
      });
    }
    for (let i = 0; i < batch; i++) {
      if (dim.conflict(x.shape[i] ?? 1, indices.shape[i] ?? 1)) {
        return issue("gather_batch", {
          expected: `${batch} equal leading axes`,
          received: `${dim.format(x.shape)} and ${dim.format(indices.shape)}`,
        });
      }
    }
    return { y: { dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)] } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, indices }, { batch_dims: batch }) {
    const depth = indices.dims.at(-1) ?? 0;
    const out = ref(x.dtype, [...indices.dims.slice(0, -1), ...x.dims.slice(batch + depth)]);
    const block = sizeOf(x.dims.slice(batch + depth));
    const inner = x.dims.slice(batch);
    const perBatch = sizeOf(indices.dims.slice(batch, -1));
    const count = sizeOf(indices.dims.slice(0, -1));
    for (let k = 0; k < count; k++) {
      const base = Math.floor(k / perBatch) * sizeOf(inner);
      const start = base + blockOf(inner, indices.data.subarray(k * depth, (k + 1) * depth)) * block;
      for (let i = 0; i < block; i++) out.data[k * block + i] = x.data[start + i] ?? 0;
    }
    return { y: out };
  },
  grad(g, { x, indices }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const zeros = g.ConstantOfShape(shapeOf(g, x), { value: tensor(x.dtype, [1], [0]) });
    const full = attrs.batch_dims === 0 ? indices : withBatch(g, indices, attrs.batch_dims);
    return { x: g.ScatterND(zeros, full, dy, { reduction: "add" }) };
  },
  samples: [
    { inputs: { x: [3, 4], indices: { dims: [2, 2], dtype: "int64", values: [0, 1, 2, -1] } } },
    { inputs: { x: [3, 4, 2], indices: { dims: [2, 2, 1], dtype: "int64", values: [0, 2, 2, 1] } } },
    {
      inputs: { x: [2, 3, 2], indices: { dims: [2, 2, 1], dtype: "int64", values: [0, 2, 1, 1] } },
      attrs: { batch_dims: 1 },
    },
    {
      inputs: { x: [2, 2, 3], indices: { dims: [2, 2, 3, 1], dtype: "int64", low: 0, high: 3, feed: true } },
      attrs: { batch_dims: 2 },
    },
  ],
});

/** Index tuples with the coordinates of the shared axes put before them. */
function withBatch(g: Builder, indices: Value, batch: number): Value {
  const lead = g.Concat([g.Shape(indices, { end: indices.rank - 1 }), g.i64([1])], { axis: 0 });
  const shape = dim.isStatic(indices.shape) ? g.i64([...indices.shape.slice(0, -1), 1]) : lead;
  const coordinates = Array.from({ length: batch }, (_, axis) => {
    const length = g.Squeeze(g.Shape(indices, { start: axis, end: axis + 1 }), g.i64([0]));
    const target = indices.shape.map((_, i) => (i === axis ? -1 : 1));
    return g.Expand(g.Reshape(g.Range(g.i64(0), length, g.i64(1)), g.i64(target)), shape);
  });
  return g.Concat([...coordinates, indices], { axis: -1 });
}

/** Number of the block that an index tuple points at, blocks counted over the tuple's axes. */
export function blockOf(dims: readonly number[], tuple: ArrayLike<number>): number {
  let at = 0;
  for (let i = 0; i < tuple.length; i++) {
    const length = dims[i] ?? 1;
    const index = tuple[i] ?? 0;
    at = at * length + (index < 0 ? index + length : index);
  }
  return at;
}
