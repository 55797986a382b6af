import { dim, fail } from "../../base/index.js";
import { sizeOf, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { reshapeTo } from "../tensor/rules.js";
import { depthwiseWeightGrad } from "./depthwise-grad.js";
import { extent, type Sliding } from "./window.js";

/** A convolution's window, resolved, and its groups. */
export interface ConvWindow extends Sliding {
  readonly group: number;
}

function staticDim(value: Value, axis: number): number {
  const d = value.shape[axis];
  return typeof d === "number"
    ? d
    : fail("conv_symbolic", {
        expected: `a static length of axis ${axis}`,
        received: dim.format(value.shape),
        hint: "channels and kernels must be static to train a convolution",
      });
}

/** Gradient of the bias: dy summed over all axes but the channels. */
export function convBiasGrad(g: Builder, dy: Value): Value {
  return g.ReduceSum(dy, g.i64(dy.shape.flatMap((_, i) => (i === 1 ? [] : [i]))), { keepdims: 0 });
}

/**
 * Gradient of a convolution's input from that of its output, of the shape of `x`. Stride 1: a convolution of dy
 * with the filters reversed in space and with in and out exchanged. Larger strides: a transposed convolution.
 */
export function convInputGrad(g: Builder, dy: Value, w: Value, x: Value, window: ConvWindow): Value {
  const { kernel, strides, dilations, before, after, group } = window;
  if (strides.some((s) => s !== 1)) return stridedInputGrad(g, dy, w, x, window);
  // dy reaches over the ends by what the forward pass did not pad; where it padded more, dy is cut.
  const pads = [...before, ...lastPads(dy, x, window, after)].map((p, i) => {
    const axis = i % kernel.length;
    return extent(kernel[axis] ?? 1, dilations[axis] ?? 1) - 1 - p;
  });
  const cut = pads.map((p) => Math.min(0, p));
  const d = cut.some((p) => p < 0) ? padSpatial(g, dy, cut) : dy;
  return g.Conv(d, exchangedFilters(g, w, group), {
    kernel_shape: kernel,
    dilations,
    pads: pads.map((p) => Math.max(0, p)),
    group,
  });
}

function stridedInputGrad(g: Builder, dy: Value, w: Value, x: Value, window: ConvWindow): Value {
  const { kernel, strides, dilations, before, after, group } = window;
  const spatial = x.shape.slice(2);
  // What the transposed convolution makes too long is cut at the end; where it is too short, zeros follow.
  const ends = lastPads(dy, x, window, after);
  const open = spatial.some((d, i) => typeof d !== "number" || typeof dy.shape[i + 2] !== "number");
  const extra = open ? strides.map((s) => s - 1) : ends.map((p) => Math.max(0, -p));
  const full = g.ConvTranspose(dy, w, {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...before, ...ends.map((p) => Math.max(0, p))],
    output_padding: extra.some((p) => p > 0) ? extra : undefined,
    group,
  });
  if (!open) return full;
  const axes = spatial.map((_, i) => i + 2);
  return g.Slice(full, g.i64(axes.map(() => 0)), g.Shape(x, { start: 2 }), g.i64(axes));
}

/**
 * Padding behind the input as the windows really use it: less (or negative) where the last stride leaves a
 * rest, more where a pool rounds its length up. The declared padding where lengths are symbolic.
 */
function lastPads(dy: Value, x: Value, window: ConvWindow, declared: readonly number[]): number[] {
  return window.kernel.map((k, i) => {
    const [out, length] = [dy.shape[i + 2], x.shape[i + 2]];
    if (typeof out !== "number" || typeof length !== "number") return declared[i] ?? 0;
    const covered = (out - 1) * (window.strides[i] ?? 1) + extent(k, window.dilations[i] ?? 1);
    return covered - length - (window.before[i] ?? 0);
  });
}

function padSpatial(g: Builder, x: Value, pads: readonly number[]): Value {
  const half = pads.length / 2;
  return g.Pad(x, g.i64([0, 0, ...pads.slice(0, half), 0, 0, ...pads.slice(half)]));
}

/** Filters [M, C/group, kernel...] as [C, M/group, kernel...], reversed in space. */
export function exchangedFilters(g: Builder, w: Value, group: number): Value {
  const [m, perGroup] = [staticDim(w, 0), staticDim(w, 1)];
  const kernel = w.dims.slice(2);
  const taps = sizeOf(kernel);
  const filters = m / group;
  // Reversing every spatial axis is reversing the row-major count of the taps.
  let v = reshapeTo(g, w, [group, filters, perGroup, taps]);
  if (taps > 1) v = g.Gather(v, g.i64(Array.from({ length: taps }, (_, k) => taps - 1 - k)), { axis: 3 });
  if (filters > 1 && perGroup > 1) v = g.Transpose(v, { perm: [0, 2, 1, 3] });
  return reshapeTo(g, v, [group * perGroup, filters, ...kernel]);
}

/**
 * Gradient of the filters: `x` [N, C, spatial...], `dy` [N, M, out...]; the result has the shape of `w`. Static
 * 2-D convolutions get it as a convolution itself, images and channels exchanged, whose filters are dy and
 * whose strides and dilations are exchanged; passes choose how to compute it. Others by products of unfolded input.
 */
export function convWeightGrad(g: Builder, x: Value, dy: Value, w: Value, window: ConvWindow): Value {
  const shape = [staticDim(w, 0), staticDim(w, 1), ...window.kernel];
  return slidingGradient(g, x, dy, shape, window) ?? unfoldedWeightGrad(g, x, dy, shape, window);
}

function slidingGradient(
  g: Builder,
  x: Value,
  dy: Value,
  shape: readonly number[],
  window: ConvWindow,
): Value | undefined {
  const { kernel, strides, dilations, before, group } = window;
  const after = lastPads(dy, x, window, window.after);
  const known = [...x.shape, ...dy.shape].every((d) => typeof d === "number");
  if (!known || kernel.length !== 2 || after.some((p) => p < 0)) return undefined;
  const [n = 1, c = 1, ...input] = x.dims;
  const [, m = 1, ...output] = dy.dims;
  const slide = { strides: dilations, dilations: strides, kernel_shape: output, pads: [...before, ...after] };
  if (group === 1) {
    const exchanged = (v: Value) => g.Transpose(v, { perm: [1, 0, 2, 3] });
    return exchanged(g.Conv(exchanged(x), exchanged(dy), slide));
  }
  if (group !== c || m !== c) return undefined;
  // Depthwise: every image's channel is a channel of its own, with its own filter.
  const planes = reshapeTo(g, x, [1, n * c, ...input]);
  const filters = reshapeTo(g, dy, [n * c, 1, ...output]);
  const each = g.Conv(planes, filters, { ...slide, group: n * c });
  const sum = g.ReduceSum(reshapeTo(g, each, [n, c, ...kernel]), g.i64([0]), { keepdims: 0 });
  return reshapeTo(g, sum, shape);
}

/**
 * The same by products: for each tap of the kernel, the input places that it met, times dy, summed over images
 * and places.
 */
export function unfoldedWeightGrad(
  g: Builder,
  x: Value,
  dy: Value,
  shape: readonly number[],
  window: ConvWindow,
): Value {
  const { group } = window;
  const [m = 1, perGroup = 1] = shape;
  const depthwise = depthwiseWeightGrad(g, x, dy, shape, window);
  if (depthwise !== undefined) return depthwise;
  const taps = sizeOf(window.kernel);
  const columns = unfold(g, x, group * perGroup, window);
  // Images first and places last, whatever they are called: the rest is static.
  const split = (v: Value, ...middle: number[]) =>
    reshapeTo(g, v, [v.shape[0] ?? 1, ...middle, dim.size(v.shape.slice(2))]);
  if (perGroup === 1 && group > 1) {
    // Depthwise: every channel has few filters of its own, so products and a sum are cheaper than tiny MatMuls.
    const met = split(columns, group, 1, taps);
    const d = split(dy, group, m / group, 1);
    return reshapeTo(g, g.ReduceSum(g.Mul(met, d), g.i64([0, 4]), { keepdims: 0 }), shape);
  }
  const groups = group === 1 ? [] : [group];
  const met = split(columns, ...groups, perGroup * taps);
  const d = split(dy, ...groups, m / group);
  const perm = group === 1 ? [0, 2, 1] : [0, 1, 3, 2];
  const each = g.MatMul(d, g.Transpose(met, { perm }));
  return reshapeTo(g, g.ReduceSum(each, g.i64([0]), { keepdims: 0 }), shape);
}

/**
 * The input places under each tap: [N, C * taps, out...], channels first. Made by a depthwise convolution with
 * one-hot filters, which ONNX Runtime runs several times faster than an im2col by Gather.
 */
export function unfold(g: Builder, x: Value, channels: number, window: Sliding): Value {
  const { kernel, strides, dilations, before, after } = window;
  const taps = sizeOf(kernel);
  const plain = taps === 1 && [...before, ...after].every((p) => p === 0) && strides.every((s) => s === 1);
  if (plain) return x;
  const eye = new Float32Array(taps * taps);
  for (let k = 0; k < taps; k++) eye[k * taps + k] = 1;
  const filters = g.constant(tensor(x.dtype, [taps, 1, ...kernel], eye), "taps");
  return g.Conv(x, g.Tile(filters, g.i64([channels, 1, ...kernel.map(() => 1)])), {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...before, ...after],
    group: channels,
  });
}
