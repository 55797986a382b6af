import { isIssue } from "../../base/index.js";
import { sizeOf, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { reshapeTo } from "../tensor/rules.js";
import { POOL_ATTRIBUTES, poolCost, pooledShape, poolRef } from "./pool.js";
import type { WindowOptions } from "./window.js";

interface MaxPoolOptions extends WindowOptions {
  kernel_shape: readonly number[];
  ceil_mode?: 0 | 1;
  storage_order?: 0 | 1;
}

declare module "../builder.js" {
  interface OpCalls {
    /** Largest element under each window of x [N, C, spatial...]; with `2`, also where in x it stands. */
    MaxPool(x: Value, attrs: MaxPoolOptions): Value;
    MaxPool(x: Value, attrs: MaxPoolOptions, outputs: 2): [Value, Value];
  }
}

/** Largest element under each window; the first of equal ones in row-major order. */
export const MaxPool = defineOp({
  type: "MaxPool",
  since: 12,
  doc: "Largest element under each window, and optionally its place in the flattened input.",
  inputs: ["x"],
  outputs: ["y", "indices?"],
  attributes: { ...POOL_ATTRIBUTES, storage_order: attr.int(0) },
  infer({ x }, attrs) {
    const shape = pooledShape(x, attrs);
    return isIssue(shape)
      ? shape
      : { y: { dtype: x.dtype, shape }, indices: { dtype: "int64" as const, shape } };
  },
  cost: (_, { y }, attrs) => poolCost(y, attrs),
  evaluate({ x }, attrs) {
    const where: number[] = [];
    const y = poolRef(x, attrs, ({ base, pairs, input }) => {
      let best = Number.NEGATIVE_INFINITY;
      let at = 0;
      for (let t = 0; t < pairs.length; t += 2) {
        const value = x.data[base + (pairs[t + 1] ?? 0)] ?? 0;
        if (value <= best) continue;
        best = value;
        at = pairs[t + 1] ?? 0;
      }
      where.push(base + (attrs.storage_order === 1 ? columnMajor(at, input) : at));
      return best;
    });
    return { y, indices: ref("int64", y.dims, Float64Array.from(where)) };
  },
  // Each window's gradient goes to the one element that it took; windows that share an element add up.
  grad(g, { x }, { y: dy }, { attrs, outputs }) {
    if (dy === undefined) return {};
    const indices =
      outputs.indices !== undefined && attrs.storage_order === 0
        ? outputs.indices
        : g.op("MaxPool", [x], { ...attrs, storage_order: 0 }, 2)[1];
    if (indices === undefined) return {};
    const size = x.shape.every((d) => typeof d === "number")
      ? g.i64([sizeOf(x.dims)])
      : g.Reshape(g.Size(x), g.i64([1]));
    const zeros = g.ConstantOfShape(size, { value: tensor(x.dtype, [1], [0]) });
    const flat = (v: Value) => g.Reshape(v, g.i64([-1]));
    const sum = g.ScatterElements(zeros, flat(indices), flat(dy), { axis: 0, reduction: "add" });
    return { x: reshapeTo(g, sum, x.shape, x) };
  },
  samples: [
    { inputs: { x: [2, 2, 4, 6] }, attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    { inputs: { x: [1, 2, 5, 4] }, attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, outputs: 2 },
    { inputs: { x: [1, 2, 6, 5] }, attrs: { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 } },
    {
      inputs: { x: [1, 1, 5, 5] },
      attrs: { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1, pads: [0, 0, 1, 1] },
      noRuntimeGradient:
        "its shape inference counts the window that lies in the padding alone, its kernel does not",
    },
    { inputs: { x: [1, 2, 7, 7] }, attrs: { kernel_shape: [2, 3], dilations: [3, 2], strides: [1, 2] } },
    { inputs: { x: [1, 2, 5, 6] }, attrs: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" } },
    { inputs: { x: [1, 2, 5, 6] }, attrs: { kernel_shape: [2, 2], auto_pad: "SAME_LOWER" } },
    { inputs: { x: [1, 2, 3, 4] }, attrs: { kernel_shape: [2, 2], storage_order: 1 }, outputs: 2 },
    { inputs: { x: [2, 2, 7] }, attrs: { kernel_shape: [3], strides: [2] } },
    { inputs: { x: [1, 1, 3, 4, 3] }, attrs: { kernel_shape: [2, 2, 2], pads: [1, 0, 0, 0, 0, 1] } },
  ],
});

function columnMajor(at: number, dims: readonly number[]): number {
  let rest = at;
  let size = sizeOf(dims);
  let out = 0;
  let step = 1;
  for (const d of dims) {
    size /= d;
    out += Math.floor(rest / size) * step;
    rest %= size;
    step *= d;
  }
  return out;
}
