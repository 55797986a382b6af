import { dim, issue } from "../../base/index.js";
import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { mapPair, type RefTensor, ref } from "../reference.js";
import {
  momentsRef,
  overChannels,
  scaleChannelsRef,
  standardize,
  standardizeGrad,
  standardizeRef,
  sumToChannels,
} from "./standardize.js";

interface BatchNormOptions {
  epsilon?: number;
  /** Share of the old running moments that is kept, in training mode. */
  momentum?: number;
}

declare module "../builder.js" {
  interface OpCalls {
    /**
     * (x - mean) / sqrt(variance + epsilon) * scale + bias for each channel of x [N, C, spatial...]. With
     * `training_mode: 1` and `3` outputs the moments are those of the batch, and the running ones come back.
     */
    BatchNormalization(
      x: Value,
      scale: Value,
      bias: Value,
      mean: Value,
      variance: Value,
      attrs?: BatchNormOptions,
    ): Value;
    BatchNormalization(
      x: Value,
      scale: Value,
      bias: Value,
      mean: Value,
      variance: Value,
      attrs: BatchNormOptions & { training_mode: 1 },
      outputs: 3,
    ): [Value, Value, Value];
  }
}

/** Batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167); the variance is the population's, as ONNX has it. */
export const BatchNormalization = defineOp({
  type: "BatchNormalization",
  since: 9,
  doc: "Each channel standardized by running moments (or, in training mode, the batch's), scaled and shifted.",
  inputs: ["x", "scale", "bias", "mean", "variance"],
  outputs: ["y", "runningMean?", "runningVariance?"],
  attributes: { epsilon: attr.float(1e-5), momentum: attr.float(0.9), training_mode: attr.int(0) },
  infer({ x, scale, bias, mean, variance }) {
    const channels = x.shape[1] ?? 1;
    for (const [name, part] of Object.entries({ scale, bias, mean, variance })) {
      if (part.shape.length !== 1 || dim.conflict(part.shape[0] ?? 1, channels)) {
        return issue("norm_channels", {
          expected: `${name} [${channels}]`,
          received: dim.format(part.shape),
        });
      }
    }
    return {
      y: { dtype: x.dtype, shape: x.shape },
      runningMean: { dtype: mean.dtype, shape: mean.shape },
      runningVariance: { dtype: variance.dtype, shape: variance.shape },
    };
  },
  // Scale and shift can be folded into one multiplication and one addition.
  cost: ({ x }, _, { training_mode }) => ({ flops: dim.mul(training_mode === 1 ? 7 : 2, dim.size(x.shape)) }),
  evaluate({ x, scale, bias, mean, variance }, { epsilon, momentum, training_mode }) {
    if (training_mode !== 1) return { y: runningRef({ x, scale, bias, mean, variance }, epsilon) };
    const batch = momentsRef(
      x,
      x.dims.flatMap((_, i) => (i === 1 ? [] : [i])),
    );
    const unit = standardizeRef(x, batch.mean, batch.variance, epsilon);
    const running = (old: RefTensor, now: RefTensor) =>
      mapPair(old, ref(now.dtype, old.dims, now.data), (a, b) => a * momentum + b * (1 - momentum));
    return {
      y: scaleChannelsRef(unit, scale, bias),
      runningMean: running(mean, batch.mean),
      runningVariance: running(variance, batch.variance),
    };
  },
  grad(g, inputs, grads, { attrs, needs }) {
    if (attrs.training_mode === 1) return trainingGrad(g, inputs, grads, attrs, needs);
    const { x, scale, mean, variance } = inputs;
    const dy = grads.y;
    if (dy === undefined) return {};
    const wide = (v: Value) => overChannels(g, v, x.rank);
    const inverse = g.Reciprocal(g.Sqrt(g.Add(variance, g.scalar(attrs.epsilon, variance.dtype))));
    const factor = g.Mul(scale, inverse);
    const moments = needs("mean") || needs("variance");
    const sum = needs("bias") || moments ? sumToChannels(g, dy) : undefined;
    const along =
      needs("scale") || needs("variance")
        ? g.Mul(sumToChannels(g, g.Mul(dy, g.Sub(x, wide(mean)))), inverse)
        : undefined;
    // d/dvariance of (v + e)^-1/2 is -1/2 (v + e)^-3/2.
    const half = g.scalar(-0.5, variance.dtype);
    return {
      x: needs("x") ? g.Mul(dy, wide(factor)) : undefined,
      scale: along,
      bias: sum,
      mean: needs("mean") && sum ? g.Neg(g.Mul(sum, factor)) : undefined,
      variance: needs("variance") && along ? g.Mul(g.Mul(g.Mul(along, factor), inverse), half) : undefined,
    };
  },
  samples: [
    { inputs: parts([2, 3, 2, 4]) },
    { inputs: parts([4, 3]), attrs: { epsilon: 0.01 } },
    { inputs: parts([2, 2, 3]) },
    {
      inputs: parts([3, 2, 2, 3]),
      attrs: { training_mode: 1, momentum: 0.8 },
      outputs: 3,
      noRuntime: "ONNX Runtime refuses training_mode on CPU",
    },
  ],
});

function parts(dims: readonly number[]) {
  const c = dims[1] ?? 1;
  return { x: dims, scale: [c], bias: [c], mean: [c], variance: { dims: [c], low: 0.5, high: 2 } };
}

/**
 * Gradients through the batch's own moments, in few passes over the data: with c = x - mean, r = 1/sqrt(variance + e),
 * n places a channel, S = sum(dy) and P = sum(dy c),
 * dx = scale r (dy - S/n) - scale r^3 P/n c, dscale = r P, dbias = S. Both terms are inference-form
 * BatchNormalizations, which scale and shift each channel in one pass.
 */
function batchGrad(g: Builder, x: Value, scale: Value, dy: Value, axes: readonly number[], epsilon: number) {
  const over = g.i64(axes);
  const flat = g.i64([-1]);
  const mean = g.ReduceMean(x, over, { keepdims: 1 });
  const centred = g.Sub(x, mean);
  const variance = g.Reshape(g.ReduceMean(g.Mul(centred, centred), over, { keepdims: 1 }), flat);
  const inverse = g.Reciprocal(g.Sqrt(g.Add(variance, g.scalar(epsilon, x.dtype))));
  const factor = g.Mul(scale, inverse);
  const along = sumToChannels(g, g.Mul(dy, centred));
  const [length] = scale.shape;
  const channels = typeof length === "number" ? g.i64([length]) : g.Shape(scale);
  const zero = g.Expand(g.scalar(0, x.dtype), channels);
  const one = g.Expand(g.scalar(1, x.dtype), channels);
  const slope = sumToChannels(g, dy);
  // One over the places of a channel, from the sizes at run time where they are symbols.
  const count = dim.size(axes.map((axis) => x.shape[axis] ?? 1));
  const share =
    typeof count === "number"
      ? g.scalar(1 / count, x.dtype)
      : g.Div(g.Cast(g.Size(scale), to(x)), g.Cast(g.Size(x), to(x)));
  const meanSlope = g.Mul(slope, share);
  const meanAlong = g.Mul(along, share);
  const first = g.BatchNormalization(dy, factor, zero, meanSlope, one, { epsilon: 0 });
  const back = g.Neg(g.Mul(g.Mul(factor, meanAlong), g.Mul(inverse, inverse)));
  const second = g.BatchNormalization(centred, back, zero, zero, one, { epsilon: 0 });
  return { x: g.Add(first, second), scale: g.Mul(along, inverse), bias: slope };
}

function to(x: Value): { to: number } {
  return { to: ONNX_DTYPE[x.dtype] };
}

function trainingGrad(
  g: Builder,
  { x, scale, mean }: { x: Value; scale: Value; mean: Value },
  grads: { y?: Value; runningMean?: Value; runningVariance?: Value },
  { epsilon, momentum }: { epsilon: number; momentum: number },
  needs: (input: "x" | "scale" | "bias" | "mean" | "variance") => boolean,
) {
  const axes = x.shape.flatMap((_, i) => (i === 1 ? [] : [i]));
  if (grads.runningMean === undefined && grads.runningVariance === undefined && grads.y !== undefined) {
    return batchGrad(g, x, scale, grads.y, axes, epsilon);
  }
  const at = standardize(g, x, axes, epsilon);
  const wide = (v: Value) => overChannels(g, v, x.rank);
  const kept = g.scalar(momentum, mean.dtype);
  const { y: dy, runningMean, runningVariance } = grads;
  const terms: Value[] = [];
  if (dy !== undefined) terms.push(standardizeGrad(g, at, axes, g.Mul(dy, wide(scale))));
  // The running moments take their share of the batch's: mean of x, and mean of (x - mean)^2.
  const spread = (d: Value, by: Value | undefined, factor: number) => {
    const each = g.Mul(wide(d), g.scalar(factor * (1 - momentum), x.dtype));
    const ones = g.Mul(at.centred, g.scalar(0, x.dtype));
    const count = g.ReduceSum(g.Add(ones, g.scalar(1, x.dtype)), g.i64(axes), { keepdims: 1 });
    const share = g.Div(each, count);
    terms.push(by === undefined ? g.Add(ones, share) : g.Mul(by, share));
  };
  if (runningMean !== undefined) spread(runningMean, undefined, 1);
  if (runningVariance !== undefined) spread(runningVariance, at.centred, 2);
  const [first, ...rest] = terms;
  return {
    x: first && needs("x") ? rest.reduce((sum, term) => g.Add(sum, term), first) : undefined,
    scale: dy && needs("scale") ? sumToChannels(g, g.Mul(dy, at.unit)) : undefined,
    bias: dy && needs("bias") ? sumToChannels(g, dy) : undefined,
    mean: runningMean && g.Mul(runningMean, kept),
    variance: runningVariance && g.Mul(runningVariance, kept),
  };
}

/** Each channel standardized by its running moments, scaled and shifted. */
function runningRef(
  { x, scale, bias, mean, variance }: Record<"x" | "scale" | "bias" | "mean" | "variance", RefTensor>,
  epsilon: number,
): RefTensor {
  const [n = 1, channels = 1, ...spatial] = x.dims;
  const places = spatial.reduce((product, d) => product * d, 1);
  const y = ref(x.dtype, x.dims);
  for (let plane = 0; plane < n * channels; plane++) {
    const c = plane % channels;
    const factor = (scale.data[c] ?? 1) / Math.sqrt((variance.data[c] ?? 0) + epsilon);
    const [middle, shift] = [mean.data[c] ?? 0, bias.data[c] ?? 0];
    for (let i = plane * places; i < (plane + 1) * places; i++) {
      y.data[i] = ((x.data[i] ?? 0) - middle) * factor + shift;
    }
  }
  return y;
}
