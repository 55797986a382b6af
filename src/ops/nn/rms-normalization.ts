import { broadcastShapes, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { mapPair, mapRef } from "../reference.js";
import { axisAt, axisIssue, axisOf } from "../tensor/rules.js";
import { momentsRef } from "./standardize.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Divided by the root mean square over the axes from `axis` (default the last) on, times `scale`. */
    RMSNormalization(
      x: Value,
      scale: Value,
      attrs?: { axis?: number; epsilon?: number; stash_type?: number },
    ): Value;
  }
}

/** Root mean square normalization (Zhang and Sennrich 2019, arXiv:1910.07467). */
export const RMSNormalization = defineOp({
  type: "RMSNormalization",
  since: 23,
  doc: "Divided by the root mean square over the last axes, then scaled.",
  inputs: ["x", "scale"],
  outputs: ["y"],
  attributes: { axis: attr.int(-1), epsilon: attr.float(1e-5), stash_type: attr.int(1) },
  infer({ x, scale }, { axis }) {
    const at = axisOf(axis, x.shape.length);
    if (at === undefined) return axisIssue(axis, x.shape.length);
    const inner = x.shape.slice(at);
    if (scale.shape.length > inner.length || broadcastShapes(inner, scale.shape) === undefined) {
      return issue("norm_scale", {
        expected: `shape ${dim.format(inner)}`,
        received: dim.format(scale.shape),
      });
    }
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(4, dim.size(x.shape)) }),
  evaluate({ x, scale }, { axis, epsilon }) {
    const { mean } = momentsRef(
      mapRef(x, (v) => v * v),
      axesFrom(axis, x.dims.length),
    );
    const unit = mapPair(x, mean, (v, square) => v / Math.sqrt(square + epsilon));
    return { y: mapPair(unit, scale, (a, b) => a * b) };
  },
  // With u = x / rms and d = dy scale: dx = (d - u mean(d u)) / rms.
  grad(g, { x, scale }, { y: dy }, { attrs: { axis, epsilon }, needs }) {
    if (dy === undefined) return {};
    const over = g.i64(axesFrom(axis, x.rank));
    const mean = (v: Value) => g.ReduceMean(v, over, { keepdims: 1 });
    const inverse = g.Reciprocal(g.Sqrt(g.Add(mean(g.Mul(x, x)), g.scalar(epsilon, x.dtype))));
    const unit = g.Mul(x, inverse);
    const d = g.Mul(dy, scale);
    return {
      x: needs("x") ? g.Mul(g.Sub(d, g.Mul(unit, mean(g.Mul(d, unit)))), inverse) : undefined,
      scale: needs("scale") ? g.Mul(dy, unit) : undefined,
    };
  },
  samples: [
    { inputs: { x: [2, 3, 4], scale: [4] } },
    { inputs: { x: [2, 3, 4], scale: [3, 4] }, attrs: { axis: 1, epsilon: 0.01 } },
    { inputs: { x: [3, 5], scale: [5] }, attrs: { axis: -1 } },
  ],
});

function axesFrom(axis: number, rank: number): number[] {
  const at = axisAt(axis, rank);
  return Array.from({ length: rank - at }, (_, i) => at + i);
}
