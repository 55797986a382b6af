import { broadcastShapes, dim, fail, issue } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
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
    const rows = mean === undefined && inverse === undefined ? lastAxisOf(x, scale, axes) : undefined;
    if (rows !== undefined && dy !== undefined) {
      return { ...rowsGrad(g, x, scale, dy, rows, attrs.epsilon), bias: bias === undefined ? undefined : dy };
    }
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

/** Length of the last axis, where that axis alone is normalised, by a float32 scale of its length. */
function lastAxisOf(x: Value, scale: Value, axes: readonly number[]): number | undefined {
  const length = x.shape.at(-1);
  const one = axes.length === 1 && scale.rank === 1 && scale.shape[0] === length && x.dtype === "float32";
  return one && typeof length === "number" ? length : undefined;
}

/**
 * With u the standardized rows and d = dy·scale: dx = (d − mean d − u mean(d u)) / σ, dscale = Σ dy u. The operator
 * itself gives u and 1/σ in one pass, and both means are products with the scale's column, which read and write
 * nothing between: half the passes of the general form.
 */
function rowsGrad(g: Builder, x: Value, scale: Value, dy: Value, length: number, epsilon: number) {
  const ones = g.constant(tensor("float32", [length], new Array<number>(length).fill(1)));
  const [unit, , inverse] = g.op("LayerNormalization", [x, ones], { axis: -1, epsilon }, 3);
  if (unit === undefined || inverse === undefined)
    return fail("output_missing", { path: "LayerNormalization" });
  const along = g.Mul(dy, unit);
  const column = g.Reshape(g.Mul(scale, g.scalar(1 / length)), g.i64([length, 1]));
  const [mean, slope] = [g.MatMul(dy, column), g.MatMul(along, column)];
  const centred = g.Sub(g.Sub(g.Mul(dy, scale), mean), g.Mul(unit, slope));
  return { x: g.Mul(centred, inverse), scale: along };
}

function axesFrom(axis: number, rank: number): number[] {
  const at = axisAt(axis, rank);
  return Array.from({ length: rank - at }, (_, i) => at + i);
}
