import { type Dim, dim } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { eachIndex, ref, stridesOf } from "../reference.js";
import { axisAt, axisIssue, axisOf, integersOf, offsetOf } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * A new axis (default: the last) of length `depth`, on which `values` [off, on] holds "on" at the index and
     * "off" elsewhere. Negative indices count from the end; those outside give "off" everywhere.
     */
    OneHot(indices: Value, depth: Value, values: Value, attrs?: { axis?: number }): Value;
  }
}

/** Indices as one-hot vectors. */
export const OneHot = defineOp({
  type: "OneHot",
  since: 11,
  doc: "Indices as one-hot vectors along a new axis.",
  inputs: ["indices", "depth", "values"],
  outputs: ["y"],
  attributes: { axis: attr.int(-1) },
  infer({ indices, depth, values }, { axis }) {
    const rank = indices.shape.length + 1;
    const at = axisOf(axis, rank);
    if (at === undefined) return axisIssue(axis, rank);
    const length: Dim = (lengthsIn(depth) ?? integersOf(depth))?.[0] ?? dim.unknown();
    return {
      y: { dtype: values.dtype, shape: [...indices.shape.slice(0, at), length, ...indices.shape.slice(at)] },
    };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ indices, depth, values }, { axis }) {
    const at = axisAt(axis, indices.dims.length + 1);
    const length = Math.trunc(depth.data[0] ?? 0);
    const [off = 0, on = 1] = values.data;
    const out = ref(values.dtype, [...indices.dims.slice(0, at), length, ...indices.dims.slice(at)]);
    out.data.fill(off);
    const strides = stridesOf(out.dims);
    eachIndex(indices.dims, (index, flat) => {
      const given = Math.trunc(indices.data[flat] ?? 0);
      const place = given < 0 ? given + length : given;
      if (place < 0 || place >= length) return;
      out.data[offsetOf([...index.slice(0, at), place, ...index.slice(at)], strides)] = on;
    });
    return { y: out };
  },
  // Only the two values have a gradient: "on" collects where the mark stands, "off" all the rest.
  grad(g, { indices, depth, values }, { y: dy }, { attrs, needs }) {
    if (dy === undefined || !needs("values")) return {};
    const zeroOne = g.constant(tensor(values.dtype, [2], [0, 1]));
    const marks = g.OneHot(indices, depth, zeroOne, { axis: attrs.axis });
    const sum = (v: Value) => g.Reshape(g.ReduceSum(v, undefined, { keepdims: 0 }), g.i64([1]));
    const on = sum(g.Mul(dy, marks));
    return { values: g.Concat([g.Sub(sum(dy), on), on], { axis: 0 }) };
  },
  samples: [
    {
      inputs: {
        indices: { dims: [3], dtype: "int64", values: [2, -1, 7], feed: true },
        depth: { dims: [], dtype: "int64", values: [4] },
        values: { dims: [2], values: [0, 1] },
      },
    },
    {
      inputs: {
        indices: { dims: [2, 3], dtype: "int64", low: 0, high: 5 },
        depth: { dims: [1], dtype: "int64", values: [5] },
        values: { dims: [2], values: [-0.5, 2], feed: true },
      },
      attrs: { axis: 1 },
    },
    {
      inputs: {
        indices: { dims: [4], dtype: "int64", low: 0, high: 3 },
        depth: { dims: [], dtype: "int64", values: [3], feed: true },
        values: { dims: [2], values: [0, 1] },
      },
      attrs: { axis: 0 },
    },
  ],
});
