import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { eachIndex, ref, stridesOf } from "../reference.js";
import { axisAt, axisIssue, axisOf, offsetOf } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `x` divided by its p-norm (p 1 or 2, default 2) along an axis (default the last). */
    LpNormalization(x: Value, attrs?: { axis?: number; p?: 1 | 2 }): Value;
  }
}

/** Vectors of norm one along an axis; a vector of zeros stays one. */
export const LpNormalization = defineOp({
  type: "LpNormalization",
  since: 1,
  doc: "The input divided by its 1-norm or 2-norm along an axis.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { axis: attr.int(-1), p: attr.int(2) },
  infer({ x }, { axis, p }) {
    if (axisOf(axis, x.shape.length) === undefined) return axisIssue(axis, x.shape.length);
    if (p !== 1 && p !== 2) return issue("norm_p", { expected: "p of 1 or 2", received: String(p) });
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(3, dim.size(x.shape)) }),
  evaluate({ x }, { axis, p }) {
    const at = axisAt(axis, x.dims.length);
    const norms = ref(x.dtype, x.dims.with(at, 1));
    const strides = stridesOf(norms.dims).with(at, 0);
    eachIndex(x.dims, (index, flat) => {
      const to = offsetOf(index, strides);
      norms.data[to] = (norms.data[to] ?? 0) + Math.abs(x.data[flat] ?? 0) ** p;
    });
    const out = ref(x.dtype, x.dims);
    eachIndex(x.dims, (index, flat) => {
      const norm = (norms.data[offsetOf(index, strides)] ?? 0) ** (1 / p);
      out.data[flat] = norm === 0 ? 0 : (x.data[flat] ?? 0) / norm;
    });
    return { y: out };
  },
  // With n the norm and n' its gradient (x / n, or sign(x)): dx = (dy - n' sum(dy y)) / n.
  grad(g, { x }, { y: dy }, { attrs, outputs }) {
    if (dy === undefined) return {};
    const axes = g.i64([axisAt(attrs.axis, x.rank)]);
    const sum = (v: Value) => g.ReduceSum(v, axes, { keepdims: 1 });
    const norm = attrs.p === 1 ? sum(g.Abs(x)) : g.Sqrt(sum(g.Mul(x, x)));
    const slope = attrs.p === 1 ? g.Sign(x) : outputs.y;
    const along = g.Mul(slope, sum(g.Mul(dy, outputs.y)));
    const zero = g.scalar(0, x.dtype);
    const safe = g.Where(g.Equal(norm, zero), g.scalar(1, x.dtype), norm);
    return { x: g.Div(g.Sub(dy, along), safe) };
  },
  samples: [
    { inputs: { x: [2, 3, 4] } },
    { inputs: { x: [2, 3, 4] }, attrs: { axis: 1, p: 1 } },
    { inputs: { x: { dims: [2, 2], values: [0, 0, 3, 4], feed: true } }, grad: [] },
  ],
});
