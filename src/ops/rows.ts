import { dim } from "../base/index.js";
import type { DType, Value } from "../ir/index.js";
import { attr } from "./attributes.js";
import type { Builder } from "./builder.js";
import { defineOp, type OpDefinition } from "./define.js";
import { eachIndex, type RefTensor, ref, stridesOf } from "./reference.js";
import { axisAt, axisIssue, axisOf } from "./tensor/rules.js";

/** Apply a function to every row along an axis; all results must have one length, which may be another. */
export function mapRows(
  x: RefTensor,
  axis: number,
  f: (row: readonly number[]) => ArrayLike<number>,
  length = x.dims[axis] ?? 1,
  dtype: DType = x.dtype,
): RefTensor {
  const dims = x.dims.map((d, i) => (i === axis ? length : d));
  const out = ref(dtype, dims);
  const own = x.dims[axis] ?? 1;
  const step = stridesOf(x.dims)[axis] ?? 1;
  const strides = stridesOf(dims);
  eachIndex(x.dims, (index, start) => {
    if (index[axis] !== 0) return;
    const row = f(Array.from({ length: own }, (_, i) => x.data[start + i * step] ?? 0));
    const base = strides.reduce((sum, s, i) => sum + s * (index[i] ?? 0), 0);
    for (let i = 0; i < length; i++) out.data[base + i * step] = row[i] ?? 0;
  });
  return out;
}

/** An operator that maps each row along `axis` (an attribute, default −1) to a row of the same length. */
export function rowwise(spec: {
  readonly type: string;
  readonly since: number;
  readonly doc: string;
  /** Floating-point operations an element. */
  readonly flops: number;
  readonly f: (row: readonly number[]) => number[];
  readonly grad: ((g: Builder, v: { y: Value; dy: Value; sum: (v: Value) => Value }) => Value) | "zero";
}): OpDefinition {
  const { grad } = spec;
  return defineOp({
    type: spec.type,
    since: spec.since,
    doc: spec.doc,
    inputs: ["x"],
    outputs: ["y"],
    attributes: { axis: attr.int(-1) },
    infer({ x }, { axis }) {
      if (axisOf(axis, x.shape.length) === undefined) return axisIssue(axis, x.shape.length);
      return { y: { dtype: x.dtype, shape: x.shape } };
    },
    cost: ({ x }) => ({ flops: dim.mul(spec.flops, ...x.shape) }),
    evaluate: ({ x }, { axis }) => ({ y: mapRows(x, axisAt(axis, x.dims.length), spec.f) }),
    grad:
      grad === "zero"
        ? grad
        : (g, _, { y: dy }, { attrs: { axis }, outputs: { y } }) =>
            dy ? { x: grad(g, { y, dy, sum: (v) => g.ReduceSum(v, g.i64([axis]), { keepdims: 1 }) }) } : {},
    samples: [
      { inputs: { x: [3, 4] } },
      { inputs: { x: [3, 4] }, attrs: { axis: 0 } },
      { inputs: { x: [2, 3, 4] }, attrs: { axis: 1 } },
      { inputs: { x: [2, 3, 4, 2] }, attrs: { axis: -3 } },
      { inputs: { x: [5] } },
      { inputs: { x: { dims: [2, 3], values: [1000, 1001, 999, -1000, -1001, -1000.5] } } },
    ],
  });
}

/** ln of the softmax of a row, without overflow. */
export function logSoftmaxRow(row: readonly number[]): number[] {
  const top = Math.max(...row);
  const total = Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0));
  return row.map((v) => v - top - total);
}
