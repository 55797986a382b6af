import { dim, type Issue, issue } from "../../base/index.js";
import type { DType } from "../../ir/index.js";
import type { Arg } from "../define.js";
import { eachIndex, type RefTensor, ref, stridesOf } from "../reference.js";
import { axisIssue, axisOf, offsetOf } from "../tensor/rules.js";

/** Smallest and largest number of a quantized type; undefined for types that are not supported here. */
export function rangeOf(dtype: DType): readonly [number, number] | undefined {
  const bits = /^(u?)int(4|8|16|32)$/.exec(dtype);
  if (bits === null) return undefined;
  const size = 2 ** Number(bits[2]);
  return bits[1] === "u" ? [0, size - 1] : [-size / 2, size / 2 - 1];
}

/** To the nearest integer; halves to the even one. */
export function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Whether scale and zero point fit x: scalars, one number along an axis, or one a block along it. */
export function quantizeIssue(
  x: Arg,
  scale: Arg,
  zero: Arg | undefined,
  { axis, block_size }: { axis: number; block_size: number },
): Issue | undefined {
  if (zero !== undefined && zero.shape.length !== scale.shape.length) {
    return issue("quantize_zero_point", {
      expected: `a zero point of shape ${dim.format(scale.shape)}`,
      received: dim.format(zero.shape),
    });
  }
  if (scale.shape.length === 0 || (scale.shape.length === 1 && scale.shape[0] === 1)) return undefined;
  const at = axisOf(axis, x.shape.length);
  if (at === undefined) return axisIssue(axis, x.shape.length);
  const fits =
    block_size > 0
      ? scale.shape.length === x.shape.length
      : scale.shape.length === 1 && !dim.conflict(scale.shape[0] ?? 1, x.shape[at] ?? 1);
  if (fits) return undefined;
  return issue("quantize_scale", {
    expected:
      block_size > 0 ? `a scale of rank ${x.shape.length}` : `one scale, or ${x.shape[at]} along axis ${at}`,
    received: dim.format(scale.shape),
  });
}

/** A parameter (scale or zero point) for every element of x. */
export function spreadParameter(
  x: RefTensor,
  parameter: RefTensor,
  { axis, block_size }: { axis: number; block_size: number },
): RefTensor {
  const out = ref(parameter.dtype, x.dims);
  const at = axis < 0 ? axis + x.dims.length : axis;
  const strides = stridesOf(parameter.dims);
  eachIndex(x.dims, (index, flat) => {
    let place = 0;
    if (block_size > 0 && parameter.dims.length > 1) {
      place = offsetOf(index.with(at, Math.floor((index[at] ?? 0) / block_size)), strides);
    } else if (parameter.data.length > 1) place = index[at] ?? 0;
    out.data[flat] = parameter.data[place] ?? 0;
  });
  return out;
}

/** round(x / scale) + zero, cut to the type of the zero point; both hold one number. */
export function quantizeTo(x: RefTensor, scale: RefTensor, zero: RefTensor): RefTensor {
  const [low, high] = rangeOf(zero.dtype) ?? [0, 255];
  const [by, to] = [scale.data[0] ?? 1, zero.data[0] ?? 0];
  const data = x.data.map((v) => Math.max(low, Math.min(high, roundEven(v / by) + to)));
  return ref(zero.dtype, x.dims, data);
}
