import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { gatherGrad } from "./gather.js";
import { axisAt, axisIssue, axisOf, remap, reshapeTo } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Slices of `x` along `axis` (elements of the flattened `x` without one) where `condition` [K] is true. */
    Compress(x: Value, condition: Value, attrs?: { axis?: number }): Value;
  }
}

/** Slices where a condition holds; a condition that is too short leaves the rest out. */
export const Compress = defineOp({
  type: "Compress",
  since: 11,
  doc: "Slices along an axis, or elements of the flattened input, where a condition holds.",
  inputs: ["x", "condition"],
  outputs: ["y"],
  attributes: { axis: attr.int() },
  infer({ x, condition }, { axis }) {
    if (condition.shape.length !== 1) {
      return issue("compress_condition", { expected: "a vector", received: dim.format(condition.shape) });
    }
    if (axis === undefined) return { y: { dtype: x.dtype, shape: [dim.unknown()] } };
    const at = axisOf(axis, x.shape.length);
    if (at === undefined) return axisIssue(axis, x.shape.length);
    return { y: { dtype: x.dtype, shape: x.shape.with(at, dim.unknown()) } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, condition }, { axis }) {
    const from = axis === undefined ? ref(x.dtype, [x.data.length], x.data) : x;
    const at = axis === undefined ? 0 : axisAt(axis, x.dims.length);
    const kept = Array.from(condition.data, (c, i) => (c === 0 ? -1 : i)).filter((i) => i >= 0);
    return {
      y: remap(from, from.dims.with(at, kept.length), (index) => index.with(at, kept[index[at] ?? 0] ?? 0)),
    };
  },
  grad(g, { x, condition }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const kept = g.Squeeze(g.NonZero(condition), g.i64([0]));
    if (attrs.axis !== undefined) return { x: gatherGrad(g, dy, x, kept, axisAt(attrs.axis, x.rank)) };
    return { x: reshapeTo(g, gatherGrad(g, dy, g.Reshape(x, g.i64([-1])), kept, 0), x.shape, x) };
  },
  samples: [
    { inputs: { x: [3, 2], condition: { dims: [3], dtype: "bool", values: [0, 1, 1] } }, attrs: { axis: 0 } },
    {
      inputs: { x: [2, 4], condition: { dims: [3], dtype: "bool", values: [1, 0, 1], feed: true } },
      attrs: { axis: -1 },
    },
    { inputs: { x: [2, 3], condition: { dims: [5], dtype: "bool", values: [0, 1, 0, 0, 1] } } },
  ],
});
