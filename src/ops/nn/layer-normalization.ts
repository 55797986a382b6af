import { broadcastShapes, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { mapPair, mapRef } from "../reference.js";
import { axisAt, axisIssue, axisOf } from "../tensor/rules.js";
import { momentsRef, standardize, standardizeGrad, standardizeRef } from "./standardize.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Standardized over the axes from `axis` (default the last) on, times `scale`, plus `bias`. */
    LayerNormalization(
      x: Value,
      scale: Value,
      bias?: Value,
      attrs?: { axis?: number; epsilon?: number; stash_type?: number },
    ): Value;
  }
}

/** Layer normalization (Ba, Kiros and Hinton 2016, arXiv:1607.06450). */
export const LayerNormalization = defineOp({
  type: "LayerNormalization",
  since: 17,
  doc: "Standardized over the last axes of each element, scaled and shifted.",
  inputs: ["x", "scale", "bias?"],
  outputs: ["y", "mean?", "inverse?"],
  attributes: { axis: attr.int(-1), epsilon: attr.float(1e-5), stash_type: attr.int(1) },
  infer({ x, scale, bias }, { axis }) {
    const at = axisOf(axis, x.shape.length);
    if (at === undefined) return axisIssue(axis, x.shape.length);
    const inner = x.shape.slice(at);
    for (const part of [scale, bias]) {
      if (part === undefined) continue;
      if (part.shape.length > inner.length || broadcastShapes(inner, part.shape) === undefined) {
        return issue("norm_scale", {
          expected: `shape ${dim.format(inner)}`,
          received: dim.format(part.shape),
        });
      }
    }
    const moments = { dtype: "float32" as const, shape: x.shape.map((d, i) => (i < at ? d : 1)) };
    return { y: { dtype: x.dtype, shape: x.shape }, mean: moments, inverse: moments };
  },
  cost: ({ x, bias }) => ({ flops: dim.mul(bias === undefined ? 7 : 8, dim.size(x.shape)) }),
  evaluate({ x, scale, bias }, { axis, epsilon }) {
    const axes = axesFrom(axis, x.dims.length);
    const { mean, variance } = momentsRef(x, axes);
    const unit = standardizeRef(x, mean, variance, epsilon);
    const scaled = mapPair(unit, scale, (a, b) => a * b);
    return {
      y: bias === undefined ? scaled : mapPair(scaled, bias, (a, b) => a + b),
      mean,
      inverse: mapRef(variance, (v) => 1 / Math.sqrt(v + epsilon)),
    };
  },
  grad(g, { x, scale, bias }, { y: dy, mean, inverse }, { attrs, needs }) {
    const axes = axesFrom(attrs.axis, x.rank);
    const at = standardize(g, x, axes, attrs.epsilon);
    const terms: Value[] = [];
    if (dy !== undefined && needs("x")) terms.push(standardizeGrad(g, at, axes, g.Mul(dy, scale)));
    const ones = () => g.Add(g.Mul(at.centred, g.scalar(0, x.dtype)), g.scalar(1, x.dtype));
    const share = (v: Value) => g.Div(v, g.ReduceSum(ones(), g.i64(axes), { keepdims: 1 }));
    if (mean !== undefined) terms.push(g.Mul(ones(), share(mean)));
    // d/dx of (v + e)^-1/2 is -(x - mean) (v + e)^-3/2 / count.
    if (inverse !== undefined) {
      const cube = g.Mul(at.inverse, g.Mul(at.inverse, at.inverse));
      terms.push(g.Neg(g.Mul(at.centred, g.Mul(share(inverse), cube))));
    }
    const [first, ...rest] = terms;
    return {
      x: first && rest.reduce((sum, term) => g.Add(sum, term), first),
      scale: dy && needs("scale") ? g.Mul(dy, at.unit) : undefined,
      bias: bias === undefined ? undefined : dy,
    };
  },
  samples: [
    { inputs: { x: [2, 3, 4], scale: [4], bias: [4] } },
    { inputs: { x: [2, 3, 4], scale: [3, 4] }, attrs: { axis: 1, epsilon: 0.01 } },
    { inputs: { x: [3, 5], scale: [5], bias: [5] }, attrs: { axis: -1 }, outputs: 3 },
  ],
});

function axesFrom(axis: number, rank: number): number[] {
  const at = axisAt(axis, rank);
  return Array.from({ length: rank - at }, (_, i) => at + i);
}
