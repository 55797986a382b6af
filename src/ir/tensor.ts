import { fail } from "../base/index.js";
import { bytesOf, type DType } from "./types.js";

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];

/**
 * A concrete array in row-major order. `data` is the typed array that ONNX Runtime uses for the dtype
 * (`bool` in Uint8Array, `float16` and `bfloat16` as bit patterns in Uint16Array); types without an array
 * of their own (8-bit floats, packed sub-byte integers, complex) hold their raw little-endian bytes.
 */
export interface Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: TensorData;
  /** What the ONNX codec keeps of this tensor and no one else needs (documentation, unknown fields). */
  readonly extra?: unknown;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
} as const;

/** True for dtypes whose `data` has one array element for each tensor element. */
export function hasArray(dtype: DType): dtype is keyof typeof ARRAYS {
  return dtype in ARRAYS;
}

/** Array of zeros for a dtype; raw bytes for types without an array of their own. */
export function allocate(dtype: DType, count: number): TensorData {
  if (dtype === "string") return new Array<string>(count).fill("");
  return hasArray(dtype) ? new ARRAYS[dtype](count) : new Uint8Array(bytesOf(dtype, count));
}

export function sizeOf(dims: readonly number[]): number {
  let size = 1;
  for (const d of dims) size *= d;
  return size;
}

/** A tensor of a numeric dtype from plain numbers. */
export function tensor(dtype: DType, dims: readonly number[], values: ArrayLike<number>): Tensor {
  if (values.length !== sizeOf(dims)) {
    fail("tensor_size", {
      expected: `${sizeOf(dims)} values for dims [${dims.join(", ")}]`,
      received: `${values.length}`,
    });
  }
  if (dtype === "int64" || dtype === "uint64") {
    const data = dtype === "int64" ? new BigInt64Array(values.length) : new BigUint64Array(values.length);
    for (let i = 0; i < values.length; i++) data[i] = wholeNumber(values[i] ?? 0);
    return { dtype, dims, data };
  }
  if (dtype === "float16" || dtype === "bfloat16") {
    const bits = dtype === "float16" ? numberToHalf : numberToBfloat;
    return { dtype, dims, data: Uint16Array.from(values, bits) };
  }
  if (!hasArray(dtype)) {
    fail("tensor_dtype", { received: dtype, hint: "give raw data for this type" });
  }
  const data = allocate(dtype, values.length);
  if (data instanceof Float32Array || data instanceof Float64Array) data.set(Array.from(values));
  else if (
    !(data instanceof BigInt64Array) &&
    !(data instanceof BigUint64Array) &&
    ArrayBuffer.isView(data)
  ) {
    for (let i = 0; i < values.length; i++) data[i] = values[i] ?? 0;
  }
  return { dtype, dims, data };
}

/** The whole part of a number; 0 for what has none. */
function wholeNumber(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** The elements as numbers (int64 beyond 2^53 loses digits; half floats are decoded). */
export function numbersOf(t: Tensor): number[] {
  const { data, dtype } = t;
  if (dtype === "float16" && data instanceof Uint16Array) return Array.from(data, halfToNumber);
  if (dtype === "bfloat16" && data instanceof Uint16Array) return Array.from(data, bfloatToNumber);
  if (!hasArray(dtype)) fail("tensor_dtype", { expected: "a numeric tensor", received: dtype });
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloatToNumber(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0;
}

/** The nearest half float; of two as near the one whose last bit is 0. */
function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65_520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24);
  const logarithm = Math.floor(Math.log2(size));
  // The logarithm may be off by one next to a power of two.
  const exponent =
    size < 2 ** logarithm ? logarithm - 1 : size >= 2 ** (logarithm + 1) ? logarithm + 1 : logarithm;
  return sign | (((exponent + 15) << 10) + roundEven((size / 2 ** exponent - 1) * 1024));
}

function numberToBfloat(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  return Math.min(roundEven(bits / 65_536), 0xffff);
}

function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
