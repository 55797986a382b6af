import { broadcastShapes, fail } from "../base/index.js";
import { allocate, type DType, numbersOf, sizeOf, type Tensor, tensor } from "../ir/index.js";

/**
 * A tensor of the reference interpreter. Every element is a float64, whatever the dtype: floats are exact to
 * float64 (not rounded to float32), integers are exact up to 2^53, booleans are 0 and 1.
 */
export interface RefTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: Float64Array;
  /** The elements of a tensor of strings (`data` then says nothing). */
  readonly text?: readonly string[];
}

/** A sequence of tensors. */
export interface RefSequence {
  readonly kind: "sequence";
  readonly items: readonly RefTensor[];
}

/** A value that may be there, or not. */
export interface RefOptional {
  readonly kind: "optional";
  readonly value: RefTensor | RefSequence | undefined;
}

/** Whatever flows along the edges of a graph. */
export type RefValue = RefTensor | RefSequence | RefOptional;

/** The tensor that a value must be; fails where it is a sequence or an optional value. */
export function asTensor(value: RefValue, path?: string): RefTensor {
  if (!("kind" in value)) return value;
  return fail("reference_value", { path, expected: "a tensor", received: `a value of kind ${value.kind}` });
}

/** A tensor of strings. */
export function refText(dims: readonly number[], text: readonly string[]): RefTensor {
  return { dtype: "string", dims, data: new Float64Array(text.length), text };
}

export function ref(dtype: DType, dims: readonly number[], data?: Float64Array): RefTensor {
  const size = sizeOf(dims);
  if (data !== undefined && data.length !== size) {
    fail("reference_size", { expected: `${size} elements`, received: `${data.length}` });
  }
  return { dtype, dims, data: data ?? new Float64Array(size) };
}

export function refOf(t: Tensor): RefTensor {
  if (t.dtype === "string") return refText(t.dims, t.data as readonly string[]);
  return ref(t.dtype, t.dims, Float64Array.from(numbersOf(t)));
}

export function tensorOf(t: RefTensor): Tensor {
  if (t.dtype === "string")
    return { dtype: t.dtype, dims: t.dims, data: t.text ?? allocate(t.dtype, t.data.length) };
  return tensor(t.dtype, t.dims, t.data);
}

/** Elements between neighbours along each axis. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= dims[i] ?? 1;
  }
  return strides;
}

/** Visit every index of `dims` in row-major order; the array passed is reused between calls. */
export function eachIndex(
  dims: readonly number[],
  visit: (index: readonly number[], flat: number) => void,
): void {
  const size = sizeOf(dims);
  const index = new Array<number>(dims.length).fill(0);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      if (next < (dims[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
    }
  }
}

/** Elementwise function of one tensor. */
export function mapRef(x: RefTensor, f: (value: number) => number, dtype: DType = x.dtype): RefTensor {
  return ref(dtype, x.dims, x.data.map(f));
}

/** Elementwise function of two tensors under broadcasting. */
export function mapPair(
  a: RefTensor,
  b: RefTensor,
  f: (a: number, b: number) => number,
  dtype: DType = a.dtype,
): RefTensor {
  const dims = broadcastShapes(a.dims, b.dims);
  if (dims === undefined) fail("reference_broadcast", { received: `[${a.dims}] and [${b.dims}]` });
  const out = ref(dtype, dims as number[]);
  const left = expandRef(a, out.dims).data;
  const right = expandRef(b, out.dims).data;
  for (let i = 0; i < out.data.length; i++) out.data[i] = f(left[i] ?? 0, right[i] ?? 0);
  return out;
}

/** Broadcast to `dims`; the same tensor where nothing changes. */
export function expandRef(x: RefTensor, dims: readonly number[]): RefTensor {
  if (x.dims.length === dims.length && x.dims.every((d, i) => d === dims[i])) return x;
  const offset = dims.length - x.dims.length;
  const own = stridesOf(x.dims);
  const steps = dims.map((_, i) => (i < offset || x.dims[i - offset] === 1 ? 0 : (own[i - offset] ?? 0)));
  const out = ref(x.dtype, dims);
  eachIndex(dims, (index, flat) => {
    let at = 0;
    for (let i = 0; i < steps.length; i++) at += (index[i] ?? 0) * (steps[i] ?? 0);
    out.data[flat] = x.data[at] ?? 0;
  });
  return out;
}
