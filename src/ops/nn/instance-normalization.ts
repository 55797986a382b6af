import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import {
  momentsRef,
  overChannels,
  scaleChannelsRef,
  standardize,
  standardizeGrad,
  standardizeRef,
  sumToChannels,
} from "./standardize.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Each channel of each image of x [N, C, spatial...] standardized, times scale [C], plus bias [C]. */
    InstanceNormalization(x: Value, scale: Value, bias: Value, attrs?: { epsilon?: number }): Value;
  }
}

/** Instance normalization (Ulyanov et al. 2016, arXiv:1607.08022). */
export const InstanceNormalization = defineOp({
  type: "InstanceNormalization",
  since: 6,
  doc: "Each channel of each image standardized, scaled and shifted.",
  inputs: ["x", "scale", "bias"],
  outputs: ["y"],
  attributes: { epsilon: attr.float(1e-5) },
  infer({ x, scale, bias }) {
    const channels = x.shape[1] ?? 1;
    for (const part of [scale, bias]) {
      if (x.shape.length < 3 || part.shape.length !== 1 || dim.conflict(part.shape[0] ?? 1, channels)) {
        return issue("norm_channels", {
          expected: `x [N, C, spatial...] and parameters [${channels}]`,
          received: `${dim.format(x.shape)} and ${dim.format(part.shape)}`,
        });
      }
    }
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(8, dim.size(x.shape)) }),
  evaluate({ x, scale, bias }, { epsilon }) {
    const { mean, variance } = momentsRef(x, spatialAxes(x.dims.length));
    return { y: scaleChannelsRef(standardizeRef(x, mean, variance, epsilon), scale, bias) };
  },
  grad(g, { x, scale }, { y: dy }, { attrs, needs }) {
    if (dy === undefined) return {};
    const axes = spatialAxes(x.rank);
    const at = standardize(g, x, axes, attrs.epsilon);
    return {
      x: needs("x") ? standardizeGrad(g, at, axes, g.Mul(dy, overChannels(g, scale, x.rank))) : undefined,
      scale: needs("scale") ? sumToChannels(g, g.Mul(dy, at.unit)) : undefined,
      bias: needs("bias") ? sumToChannels(g, dy) : undefined,
    };
  },
  samples: [
    { inputs: { x: [2, 3, 3, 4], scale: [3], bias: [3] } },
    { inputs: { x: [2, 2, 5], scale: [2], bias: [2] }, attrs: { epsilon: 0.01 } },
  ],
});

function spatialAxes(rank: number): number[] {
  return Array.from({ length: rank - 2 }, (_, i) => i + 2);
}
