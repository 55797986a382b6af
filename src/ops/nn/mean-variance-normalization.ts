import { dim, isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { mapPair, mapRef } from "../reference.js";
import { axesOf } from "../tensor/rules.js";
import { momentsRef } from "./standardize.js";

declare module "../builder.js" {
  interface OpCalls {
    /** (x - mean) / (deviation + 1e-9) over `axes` (default 0, 2, 3). */
    MeanVarianceNormalization(x: Value, attrs?: { axes?: readonly number[] }): Value;
  }
}

/** What keeps the division defined; it is added to the deviation, not to the variance. */
const EPSILON = 1e-9;

/** Zero mean and unit deviation over axes. */
export const MeanVarianceNormalization = defineOp({
  type: "MeanVarianceNormalization",
  since: 9,
  doc: "Zero mean and unit deviation over given axes.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { axes: attr.ints([0, 2, 3]) },
  infer({ x }, { axes }) {
    const at = axesOf(axes, x.shape.length);
    return isIssue(at) ? at : { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(6, dim.size(x.shape)) }),
  evaluate({ x }, { axes }) {
    const { mean, variance } = momentsRef(x, resolved(axes, x.dims.length));
    const deviation = mapRef(variance, (v) => Math.sqrt(v) + EPSILON);
    return {
      y: mapPair(
        mapPair(x, mean, (a, b) => a - b),
        deviation,
        (a, b) => a / b,
      ),
    };
  },
  // With s the deviation and c = x - mean: dx = (dy - mean(dy)) / (s + e) - c mean(dy c) / (s (s + e)^2).
  grad(g, { x }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const over = g.i64(resolved(attrs.axes, x.rank));
    const mean = (v: Value) => g.ReduceMean(v, over, { keepdims: 1 });
    const centred = g.Sub(x, mean(x));
    const deviation = g.Sqrt(mean(g.Mul(centred, centred)));
    const divisor = g.Add(deviation, g.scalar(EPSILON, x.dtype));
    const along = g.Div(mean(g.Mul(dy, centred)), g.Mul(deviation, g.Mul(divisor, divisor)));
    return { x: g.Sub(g.Div(g.Sub(dy, mean(dy)), divisor), g.Mul(centred, along)) };
  },
  samples: [{ inputs: { x: [2, 3, 2, 4] } }, { inputs: { x: [2, 3, 4] }, attrs: { axes: [-1] } }],
});

function resolved(axes: readonly number[], rank: number): number[] {
  return axes.map((a) => (a < 0 ? a + rank : a));
}
