import type { DType } from "../ir/index.js";
import { TensorProto_DataType as Code } from "./schema.gen.js";

const CODES: Readonly<Record<DType, Code>> = {
  float32: Code.FLOAT,
  float64: Code.DOUBLE,
  float16: Code.FLOAT16,
  bfloat16: Code.BFLOAT16,
  int8: Code.INT8,
  int16: Code.INT16,
  int32: Code.INT32,
  int64: Code.INT64,
  uint8: Code.UINT8,
  uint16: Code.UINT16,
  uint32: Code.UINT32,
  uint64: Code.UINT64,
  bool: Code.BOOL,
  string: Code.STRING,
  complex64: Code.COMPLEX64,
  complex128: Code.COMPLEX128,
  float8e4m3fn: Code.FLOAT8E4M3FN,
  float8e4m3fnuz: Code.FLOAT8E4M3FNUZ,
  float8e5m2: Code.FLOAT8E5M2,
  float8e5m2fnuz: Code.FLOAT8E5M2FNUZ,
  float8e8m0: Code.FLOAT8E8M0,
  float6e2m3: Code.FLOAT6E2M3,
  float6e3m2: Code.FLOAT6E3M2,
  float4e2m1: Code.FLOAT4E2M1,
  uint4: Code.UINT4,
  int4: Code.INT4,
  uint2: Code.UINT2,
  int2: Code.INT2,
};

const DTYPE_BY_CODE: ReadonlyMap<number, DType> = new Map(
  Object.entries(CODES).map(([dtype, code]) => [code, dtype as DType]),
);

/** The number that ONNX files write for an element type. */
export function dtypeCode(dtype: DType): number {
  return CODES[dtype];
}

/** The element type of a number in an ONNX file; undefined where no type is known by it. */
export function dtypeOfCode(code: number): DType | undefined {
  return DTYPE_BY_CODE.get(code);
}
