import { type Dim, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { integersOf, reshapeTo, unknownShape } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Elements of x put where `indices` (the second output of MaxPool) say; zeros elsewhere. */
    MaxUnpool(
      x: Value,
      indices: Value,
      size?: Value,
      attrs?: { kernel_shape: readonly number[]; pads?: readonly number[]; strides?: readonly number[] },
    ): Value;
  }
}

/** Partial inverse of MaxPool. */
export const MaxUnpool = defineOp({
  type: "MaxUnpool",
  since: 11,
  doc: "What MaxPool took, put back to where it stood, among zeros.",
  inputs: ["x", "indices", "size?"],
  outputs: ["y"],
  attributes: { kernel_shape: attr.ints(), pads: attr.ints(), strides: attr.ints() },
  infer({ x, indices, size }, attrs) {
    if (attrs.kernel_shape === undefined) return issue("attribute_missing", { expected: "kernel_shape" });
    const off = indices.shape.some((d, i) => dim.conflict(d, x.shape[i] ?? 1));
    if (indices.shape.length !== x.shape.length || off || attrs.kernel_shape.length !== x.shape.length - 2) {
      return issue("unpool_shape", {
        expected: `indices of shape ${dim.format(x.shape)} and a kernel of ${x.shape.length - 2} axes`,
        received: `${dim.format(indices.shape)} and [${attrs.kernel_shape}]`,
      });
    }
    if (size !== undefined) {
      const lengths = size.contents ?? integersOf(size);
      return { y: { dtype: x.dtype, shape: lengths ?? unknownShape(x.shape.length) } };
    }
    return { y: { dtype: x.dtype, shape: unpooled(x.shape, attrs) } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, indices, size }, attrs) {
    const own = unpooled(x.dims, attrs).map(Number);
    const y = ref(x.dtype, size === undefined ? own : Array.from(size.data));
    x.data.forEach((v, i) => {
      y.data[indices.data[i] ?? 0] = v;
    });
    return { y };
  },
  // Each element gets the gradient of the place where it was put.
  grad(g, { x, indices }, { y: dy }) {
    if (dy === undefined) return {};
    const flat = (v: Value) => g.Reshape(v, g.i64([-1]));
    return { x: reshapeTo(g, g.GatherElements(flat(dy), flat(indices), { axis: 0 }), x.shape, x) };
  },
  samples: [
    {
      inputs: { x: [1, 1, 2, 2], indices: { dims: [1, 1, 2, 2], dtype: "int64", values: [1, 3, 8, 15] } },
      attrs: { kernel_shape: [2, 2], strides: [2, 2] },
    },
    {
      inputs: {
        x: [1, 2, 2],
        indices: { dims: [1, 2, 2], dtype: "int64", values: [0, 3, 4, 7], feed: true },
      },
      attrs: { kernel_shape: [2], strides: [2] },
    },
    {
      inputs: {
        x: [1, 1, 2, 2],
        indices: { dims: [1, 1, 2, 2], dtype: "int64", values: [6, 8, 16, 18] },
        size: { dims: [4], dtype: "int64", values: [1, 1, 5, 5] },
      },
      attrs: { kernel_shape: [2, 2], strides: [2, 2] },
    },
  ],
});

/** The shape that a pool of these attributes would have read to give x. */
function unpooled(
  shape: readonly Dim[],
  attrs: {
    readonly kernel_shape: readonly number[] | undefined;
    readonly pads: readonly number[] | undefined;
    readonly strides: readonly number[] | undefined;
  },
): Dim[] {
  return shape.map((d, i) => {
    if (i < 2) return d;
    const axis = i - 2;
    const pads = (attrs.pads?.[axis] ?? 0) + (attrs.pads?.[axis + shape.length - 2] ?? 0);
    const rest = (attrs.kernel_shape?.[axis] ?? 1) - pads;
    return dim.add(dim.mul(dim.sub(d, 1), attrs.strides?.[axis] ?? 1), rest);
  });
}
