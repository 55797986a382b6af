import type { Shape } from "../base/index.js";

/** Element types of ONNX, by their usual names. */
export const DTYPES = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
  "string",
  "complex64",
  "complex128",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "float8e8m0",
  "float6e2m3",
  "float6e3m2",
  "float4e2m1",
  "uint4",
  "int4",
  "uint2",
  "int2",
] as const;
export type DType = (typeof DTYPES)[number];

export interface TensorType {
  readonly kind: "tensor";
  readonly dtype: DType;
  /** Undefined where not even the rank is known (imported models only). */
  readonly shape: Shape | undefined;
}

/** Types of ONNX values. Networks are made of tensors; the others are read, kept and written. */
export type ValueType =
  | TensorType
  | { readonly kind: "sequence" | "optional"; readonly element: ValueType }
  | { readonly kind: "map"; readonly key: DType; readonly value: ValueType }
  | { readonly kind: "sparse"; readonly dtype: DType; readonly shape: Shape | undefined };

export function tensorType(dtype: DType, shape?: Shape): TensorType {
  return { kind: "tensor", dtype, shape };
}

const BITS: Partial<Record<DType, number>> = {
  float64: 64,
  int64: 64,
  uint64: 64,
  complex64: 64,
  complex128: 128,
  float16: 16,
  bfloat16: 16,
  int16: 16,
  uint16: 16,
  float32: 32,
  int32: 32,
  uint32: 32,
  float6e2m3: 6,
  float6e3m2: 6,
  float4e2m1: 4,
  uint4: 4,
  int4: 4,
  uint2: 2,
  int2: 2,
};

/** Bits of one element; 8 for what is stored in bytes (bool, 8-bit integers and floats). */
export function bitsOf(dtype: DType): number {
  return BITS[dtype] ?? 8;
}

/** Bytes that `count` elements take, sub-byte types packed. Strings count one byte each: their length varies. */
export function bytesOf(dtype: DType, count: number): number {
  return Math.ceil((bitsOf(dtype) * count) / 8);
}

export function isFloat(dtype: DType): boolean {
  return dtype.includes("float");
}

export function isInteger(dtype: DType): boolean {
  return dtype.startsWith("int") || dtype.startsWith("uint");
}
