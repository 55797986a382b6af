/** Operators that several published cell spaces share, for maps [N, C, H, W]. */
import type { Value } from "../ir/index.js";
import { batchNorm, conv2d, type Extent, fixedDim, init, type NetworkBuilder } from "../nn/index.js";

export interface PoolOptions {
  readonly kernel: number;
  readonly stride?: number;
  /** Default: half the kernel. "cover": none in front, and behind just what makes the output ceil(size / stride). */
  readonly padding?: number | "cover";
}

/** Mean under each window, padding not counted. */
export function averagePool(g: NetworkBuilder, x: Value, options: PoolOptions): Value {
  return g.AveragePool(x, { ...windowOf(x, options), count_include_pad: 0 });
}

/** Largest under each window. */
export function maxPool(g: NetworkBuilder, x: Value, options: PoolOptions): Value {
  const y = g.MaxPool(x, windowOf(x, options));
  return Array.isArray(y) ? (y[0] as Value) : y;
}

function windowOf(x: Value, { kernel, stride = 1, padding = kernel >> 1 }: PoolOptions) {
  const behind = (axis: number) => {
    const size = fixedDim(x, axis);
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  };
  const pads = padding === "cover" ? [0, 0, behind(2), behind(3)] : [padding, padding, padding, padding];
  return { kernel_shape: [kernel, kernel], strides: [stride, stride], pads };
}

/** ReLU, convolution, batch normalisation: the order of cell spaces. */
export function reluConvBn(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: { readonly kernel: number; readonly stride?: number },
): Value {
  return batchNorm(g, conv2d(g, g.Relu(x), out, options));
}

export interface SeparableOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
}

/** ReLU, depthwise convolution, 1×1 convolution, batch normalisation. */
export function reluSeparableBn(g: NetworkBuilder, x: Value, out: number, options: SeparableOptions): Value {
  const channels = fixedDim(x, 1);
  const spread = g.scope("depthwise", () => conv2d(g, g.Relu(x), channels, { ...options, groups: channels }));
  return g.scope("pointwise", () => batchNorm(g, conv2d(g, spread, out, { kernel: 1 })));
}

/**
 * Halve the plane without losing pixels (DARTS, `FactorizedReduce`): two 1×1 convolutions of stride 2, one of them
 * a pixel further on, side by side. At odd sizes the second one reads zeros beyond the edge.
 */
export function factorizedReduce(g: NetworkBuilder, x: Value, out: number): Value {
  const active = g.Relu(x);
  const [height, width] = [fixedDim(x, 2), fixedDim(x, 3)];
  const pads = [0, 0, 0, 0, 0, 0, height % 2, width % 2];
  const even = pads.some((it) => it > 0) ? g.Pad(active, g.i64(pads)) : active;
  const shifted = g.Slice(even, g.i64([1, 1]), g.i64([height + 2, width + 2]), g.i64([2, 3]));
  const first = g.scope("first", () => conv2d(g, active, out >> 1, { kernel: 1, stride: 2 }));
  const second = g.scope("second", () => conv2d(g, shifted, out - (out >> 1), { kernel: 1, stride: 2 }));
  return batchNorm(g, g.Concat([first, second], { axis: 1 }));
}

/** Where a mask is given, the places it names alone. */
export function masked(g: NetworkBuilder, x: Value, { mask }: Extent): Value {
  return mask === undefined ? x : g.Mul(x, mask);
}

/** Depthwise convolution whose kernel may be open: in a supernet the smaller kernels are the centre of the largest. */
export function depthwise(g: NetworkBuilder, x: Value, kernel: Extent, stride = 1): Value {
  const channels = fixedDim(x, 1);
  if (kernel.mask === undefined)
    return conv2d(g, x, channels, { kernel: kernel.size, stride, groups: channels });
  const { size } = kernel;
  const w = g.param("weight", [channels, 1, size, size], { init: init.heNormal, groups: channels });
  const pad = size >> 1;
  return g.Conv(x, masked(g, w, kernel), undefined, {
    kernel_shape: [size, size],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    dilations: [1, 1],
    group: channels,
  });
}

/**
 * Strides for an image of a given side: published networks for 224 pixels halve it five times, which would leave
 * small images no plane at all. The earliest strides become 1 until the last plane has `least` pixels each way.
 */
export function fitStrides(side: number, strides: readonly number[], least = 4): number[] {
  const fitted = [...strides];
  const left = () => Math.ceil(side / fitted.reduce((product, it) => product * it, 1));
  for (let i = 0; i < fitted.length && left() < least; i++) fitted[i] = 1;
  return fitted;
}

/** The shorter side of maps [N, C, H, W]. */
export function sideOf(image: Value): number {
  return Math.min(fixedDim(image, 2), fixedDim(image, 3));
}

/** An image [N, C, H, W] with other sides, by linear interpolation over all pixels that count. */
export function resampled(g: NetworkBuilder, image: Value, sides: readonly number[]): Value {
  if (sides.every((side, i) => side === fixedDim(image, i + 2))) return image;
  return g.Resize(image, undefined, undefined, g.i64([...sides]), {
    mode: "linear",
    antialias: 1,
    axes: [2, 3],
  });
}
