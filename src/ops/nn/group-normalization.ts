import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { type RefTensor, ref } from "../reference.js";
import { reshapeTo } from "../tensor/rules.js";
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
    /** Channels of x [N, C, spatial...] standardized in `num_groups` groups, times scale [C], plus bias [C]. */
    GroupNormalization(
      x: Value,
      scale: Value,
      bias: Value,
      attrs: { num_groups: number; epsilon?: number; stash_type?: number },
    ): Value;
  }
}

/**
 * Group normalization (Wu and He 2018, arXiv:1803.08494). Since opset 21 scale and bias hold one number a
 * channel; the form of opset 18, one number a group, is accepted in files.
 */
export const GroupNormalization = defineOp({
  type: "GroupNormalization",
  since: 18,
  doc: "Groups of channels of each image standardized; each channel scaled and shifted.",
  inputs: ["x", "scale", "bias"],
  outputs: ["y"],
  attributes: { num_groups: attr.int(), epsilon: attr.float(1e-5), stash_type: attr.int(1) },
  infer({ x, scale, bias }, { num_groups }, { opset }) {
    if (num_groups === undefined) return issue("attribute_missing", { expected: "num_groups" });
    const channels = x.shape[1] ?? 1;
    if (dim.divide(channels, num_groups) === undefined) {
      return issue("norm_groups", {
        expected: `channels in ${num_groups} groups`,
        received: `${channels} channels`,
      });
    }
    const wanted = opset >= 21 ? channels : num_groups;
    for (const part of [scale, bias]) {
      if (part.shape.length !== 1 || dim.conflict(part.shape[0] ?? 1, wanted)) {
        return issue("norm_channels", {
          expected: `parameters [${wanted}]`,
          received: dim.format(part.shape),
        });
      }
    }
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(8, dim.size(x.shape)) }),
  evaluate({ x, scale, bias }, { num_groups = 1, epsilon }) {
    const [n = 1, c = 1] = x.dims;
    const grouped = ref(x.dtype, [n, num_groups, x.data.length / (n * num_groups)], x.data);
    const { mean, variance } = momentsRef(grouped, [2]);
    const unit = ref(x.dtype, x.dims, standardizeRef(grouped, mean, variance, epsilon).data);
    const each = (v: RefTensor) =>
      ref(
        v.dtype,
        [c],
        Float64Array.from({ length: c }, (_, i) => v.data[Math.floor((i * v.data.length) / c)] ?? 0),
      );
    return { y: scaleChannelsRef(unit, each(scale), each(bias)) };
  },
  grad(g, { x, scale }, { y: dy }, { attrs, needs }) {
    if (dy === undefined) return {};
    const { num_groups: groups = 1 } = attrs;
    const [, channels = 1] = x.shape;
    const perGroup = dim.divide(channels, groups) ?? 1;
    const grouped = (v: Value) =>
      reshapeTo(g, v, [v.shape[0] ?? 1, groups, dim.mul(perGroup, ...v.shape.slice(2))]);
    const at = standardize(g, grouped(x), [2], attrs.epsilon);
    // Parameters of opset 18, one a group, are repeated for the group's channels.
    const old = scale.shape[0] !== channels;
    const repeated = old
      ? g.Reshape(g.Expand(g.Unsqueeze(scale, g.i64([1])), g.i64([groups, Number(perGroup)])), g.i64([-1]))
      : scale;
    const toGroups = (v: Value) =>
      old ? g.ReduceSum(g.Reshape(v, g.i64([groups, -1])), g.i64([1]), { keepdims: 0 }) : v;
    const d = () => grouped(g.Mul(dy, overChannels(g, repeated, x.rank)));
    return {
      x: needs("x") ? reshapeTo(g, standardizeGrad(g, at, [2], d()), x.shape, x) : undefined,
      scale: needs("scale")
        ? toGroups(sumToChannels(g, g.Mul(dy, reshapeTo(g, at.unit, x.shape, x))))
        : undefined,
      bias: needs("bias") ? toGroups(sumToChannels(g, dy)) : undefined,
    };
  },
  samples: [
    { inputs: { x: [2, 4, 3, 2], scale: [4], bias: [4] }, attrs: { num_groups: 2 } },
    { inputs: { x: [1, 6, 5], scale: [6], bias: [6] }, attrs: { num_groups: 3, epsilon: 0.01 } },
    { inputs: { x: [2, 3, 2, 2], scale: [3], bias: [3] }, attrs: { num_groups: 1 } },
  ],
});
