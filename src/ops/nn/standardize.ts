import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { eachIndex, type RefTensor, ref, stridesOf } from "../reference.js";
import { offsetOf } from "../tensor/rules.js";

/** A tensor with zero mean and unit variance over some axes, and what it took to get there. */
export interface Standardized {
  readonly mean: Value;
  readonly centred: Value;
  /** 1 / sqrt(variance + epsilon). */
  readonly inverse: Value;
  readonly unit: Value;
}

/** (x - mean) / sqrt(variance + epsilon) over `axes`, for gradient rules. */
export function standardize(g: Builder, x: Value, axes: readonly number[], epsilon: number): Standardized {
  const over = g.i64(axes);
  const mean = g.ReduceMean(x, over, { keepdims: 1 });
  const centred = g.Sub(x, mean);
  const variance = g.ReduceMean(g.Mul(centred, centred), over, { keepdims: 1 });
  const inverse = g.Reciprocal(g.Sqrt(g.Add(variance, g.scalar(epsilon, x.dtype))));
  return { mean, centred, inverse, unit: g.Mul(centred, inverse) };
}

/** Gradient of x from that of the standardized tensor: (d - mean(d) - u mean(d u)) / sqrt(variance + epsilon). */
export function standardizeGrad(g: Builder, at: Standardized, axes: readonly number[], d: Value): Value {
  const over = g.i64(axes);
  const mean = (v: Value) => g.ReduceMean(v, over, { keepdims: 1 });
  const along = g.Mul(at.unit, mean(g.Mul(d, at.unit)));
  return g.Mul(g.Sub(g.Sub(d, mean(d)), along), at.inverse);
}

/** Per-channel parameters [C] in a shape that broadcasts over [N, C, spatial...]. */
export function overChannels(g: Builder, v: Value, rank: number): Value {
  return rank === 2 ? v : g.Unsqueeze(v, g.i64(Array.from({ length: rank - 2 }, (_, i) => i + 1)));
}

/** Sum over all axes but the channels. */
export function sumToChannels(g: Builder, v: Value): Value {
  return g.ReduceSum(v, g.i64(v.shape.flatMap((_, i) => (i === 1 ? [] : [i]))), { keepdims: 0 });
}

/** Mean and (population) variance over `axes`, kept with length 1. */
export function momentsRef(x: RefTensor, axes: readonly number[]): { mean: RefTensor; variance: RefTensor } {
  const dims = x.dims.map((d, i) => (axes.includes(i) ? 1 : d));
  const mean = ref(x.dtype, dims);
  const variance = ref(x.dtype, dims);
  const count = x.data.length / (mean.data.length || 1);
  const strides = stridesOf(dims).map((s, i) => (axes.includes(i) ? 0 : s));
  const add = (to: RefTensor, value: (flat: number, at: number) => number) =>
    eachIndex(x.dims, (index, flat) => {
      const at = offsetOf(index, strides);
      to.data[at] = (to.data[at] ?? 0) + value(flat, at) / count;
    });
  add(mean, (flat) => x.data[flat] ?? 0);
  add(variance, (flat, at) => ((x.data[flat] ?? 0) - (mean.data[at] ?? 0)) ** 2);
  return { mean, variance };
}

/** (x - mean) / sqrt(variance + epsilon), moments broadcast over the axes where their length is 1. */
export function standardizeRef(
  x: RefTensor,
  mean: RefTensor,
  variance: RefTensor,
  epsilon: number,
): RefTensor {
  const strides = stridesOf(mean.dims).map((s, i) => (mean.dims[i] === 1 ? 0 : s));
  const out = ref(x.dtype, x.dims);
  eachIndex(x.dims, (index, flat) => {
    const at = offsetOf(index, strides);
    out.data[flat] =
      ((x.data[flat] ?? 0) - (mean.data[at] ?? 0)) / Math.sqrt((variance.data[at] ?? 0) + epsilon);
  });
  return out;
}

/** x scale[c] + bias[c] over [N, C, spatial...]. */
export function scaleChannelsRef(x: RefTensor, scale: RefTensor, bias: RefTensor): RefTensor {
  const out = ref(x.dtype, x.dims);
  eachIndex(x.dims, (index, flat) => {
    const c = index[1] ?? 0;
    out.data[flat] = (x.data[flat] ?? 0) * (scale.data[c] ?? 1) + (bias.data[c] ?? 0);
  });
  return out;
}
