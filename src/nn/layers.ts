import { ONNX_DTYPE, type Value } from "../ir/index.js";
import { type Initializer, init } from "./initializers.js";
import { fixedDim, type NetworkBuilder } from "./network.js";

export interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly dilation?: number;
  /** Default: such that stride 1 keeps the size ("same"). */
  readonly padding?: number;
  readonly bias?: boolean;
  readonly init?: Initializer;
}

/** 2-D convolution of x [N, C, H, W] to `out` channels; He-normal weights (fan out). */
export function conv2d(g: NetworkBuilder, x: Value, out: number, options: ConvOptions): Value {
  const { kernel, stride = 1, groups = 1, dilation = 1, bias = false } = options;
  const pad = options.padding ?? (dilation * (kernel - 1)) >> 1;
  const w = g.param("weight", [out, fixedDim(x, 1) / groups, kernel, kernel], {
    init: options.init ?? init.heNormal,
    groups,
  });
  const b = bias ? g.param("bias", [out], { init: init.zeros, decay: false }) : undefined;
  return g.Conv(x, w, b, {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    dilations: [dilation, dilation],
    group: groups,
  });
}

export interface BatchNormOptions {
  readonly epsilon?: number;
  /** Share of the old running statistics that a step keeps. Default 0.9. */
  readonly momentum?: number;
}

/** Batch normalisation over all axes but 1 (Ioffe & Szegedy 2015); running statistics are states. */
export function batchNorm(g: NetworkBuilder, x: Value, options: BatchNormOptions = {}): Value {
  const { epsilon = 1e-5, momentum = 0.9 } = options;
  const channels = fixedDim(x, 1);
  const scale = g.param("scale", [channels], { init: init.ones, decay: false });
  const bias = g.param("shift", [channels], { init: init.zeros, decay: false });
  const mean = g.state("running_mean", [channels], 0);
  const variance = g.state("running_variance", [channels], 1);
  if (!g.training) {
    return g.BatchNormalization(x, scale, bias, mean.value, variance.value, { epsilon, momentum });
  }
  const [y, nextMean, nextVariance] = g.op(
    "BatchNormalization",
    [x, scale, bias, mean.value, variance.value],
    { epsilon, momentum, training_mode: 1 },
    3,
  );
  if (y === undefined || nextMean === undefined || nextVariance === undefined) throw new Error("unreachable");
  g.update(mean, nextMean);
  g.update(variance, nextVariance);
  return y;
}

/** y = x Wᵀ + b over the last axis of x [..., C]. */
export function linear(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: { readonly bias?: boolean; readonly init?: Initializer } = {},
): Value {
  const features = fixedDim(x, -1);
  const w = g.param("weight", [out, features], { init: options.init ?? init.heNormalIn });
  const b = options.bias === false ? undefined : g.param("bias", [out], { init: init.zeros, decay: false });
  if (x.rank === 2) return g.Gemm(x, w, b, { transB: 1 });
  const y = g.MatMul(x, g.Transpose(w, { perm: [1, 0] }));
  return b === undefined ? y : g.Add(y, b);
}

/** Layer normalisation over the last axis (Ba et al. 2016). */
export function layerNorm(g: NetworkBuilder, x: Value, options: { readonly epsilon?: number } = {}): Value {
  const features = fixedDim(x, -1);
  const scale = g.param("scale", [features], { init: init.ones, decay: false });
  const bias = g.param("shift", [features], { init: init.zeros, decay: false });
  return g.LayerNormalization(x, scale, bias, { axis: -1, epsilon: options.epsilon ?? 1e-5 });
}

/** Mean over the plane: x [N, C, H, W] to [N, C]. */
export function globalAveragePool(g: NetworkBuilder, x: Value): Value {
  return g.ReduceMean(x, g.i64([2, 3]), { keepdims: 0 });
}

/** Zero a share of the numbers while training, and scale the others up (Srivastava et al. 2014). */
export function dropout(g: NetworkBuilder, x: Value, rate: number): Value {
  if (!g.training || rate <= 0) return x;
  const keep = g.Cast(g.GreaterOrEqual(g.random(x.dims), g.scalar(rate)), { to: ONNX_DTYPE.float32 });
  return g.Mul(x, g.Mul(keep, g.scalar(1 / (1 - rate))));
}

/** Drop the whole branch of single examples while training (Huang et al. 2016, stochastic depth). */
export function dropPath(g: NetworkBuilder, x: Value, rate: number): Value {
  if (!g.training || rate <= 0) return x;
  const shape = x.dims.map((d, i) => (i === 0 ? d : 1));
  const keep = g.Cast(g.GreaterOrEqual(g.random(shape), g.scalar(rate)), { to: ONNX_DTYPE.float32 });
  return g.Mul(x, g.Mul(keep, g.scalar(1 / (1 - rate))));
}

/** Rows of a learned table: codes [N] (int64) to [N, width]. */
export function embedding(g: NetworkBuilder, codes: Value, count: number, width: number): Value {
  const table = g.param("table", [count, width], { init: init.normal(1 / Math.sqrt(width)) });
  return g.Gather(table, codes, { axis: 0 });
}
