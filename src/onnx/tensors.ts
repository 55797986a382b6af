import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { fail } from "../base/index.js";
import { allocate, bytesOf, type DType, hasArray, type Tensor, type TensorData } from "../ir/index.js";
import { dtypeCode, dtypeOfCode } from "./dtypes.js";
import { compact, keep, kept, whenAny, whenSet } from "./extra.js";
import { corrupt, guarded, invalid } from "./problems.js";
import { type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from "./schema.gen.js";
import { checkWire } from "./wire.js";

/**
 * Read the bytes of a lone TensorProto (`input_0.pb` of ONNX's test data).
 * @param source Name of the file, for messages.
 */
export function decodeTensor(given: Uint8Array, source?: string): Tensor {
  return guarded("onnx_corrupt", source, () => {
    const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    checkWire(TensorProtoSchema, bytes);
    return tensorOf(fromBinary(TensorProtoSchema, bytes), "tensor");
  });
}

/** The bytes of a lone TensorProto. */
export function encodeTensor(tensor: Tensor): Uint8Array {
  return guarded("onnx_encode", undefined, () =>
    toBinary(TensorProtoSchema, protoOfTensor(tensor, "tensor")),
  );
}

/**
 * A tensor of a decoded message. Numeric data in `raw_data` are views of the file's bytes where their
 * alignment allows it, so nothing is copied without need.
 */
export function tensorOf(proto: TensorProto, path: string): Tensor {
  const dtype = dtypeOfCode(proto.dataType);
  if (dtype === undefined) {
    return invalid(path, `element type ${proto.dataType}`, "the file uses a type that is not known here");
  }
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    return fail("onnx_external_missing", {
      path,
      received: "a tensor whose data lie in another file",
      hint: "load the model with loadModel, or pass `external` to decodeModel",
    });
  }
  const dims = dimsOf(proto, path);
  const count = countOf(dims, path);
  const typed = !Object.hasOwn(proto, "rawData") || (proto.rawData.length === 0 && typedLength(proto) > 0);
  const strings = dtype === "string" ? stringsOf(proto, count, path) : undefined;
  const data = strings
    ? strings.data
    : typed
      ? typedData(proto, dtype, count, path)
      : rawData(proto, dtype, count, path);
  const extra = compact({
    typed: (typed && dtype !== "string" && count > 0) || undefined,
    strings: strings?.bytes && { bytes: strings.bytes, data: strings.data },
    rest: compact({
      name: whenSet(proto, "name"),
      docString: whenSet(proto, "docString"),
      segment: proto.segment,
      dataLocation: whenSet(proto, "dataLocation"),
      metadataProps: whenAny(proto.metadataProps),
      $unknown: proto.$unknown,
    }),
  });
  return extra === undefined
    ? { dtype, dims, data }
    : { dtype, dims, data, extra: keep({ kind: "tensor", ...extra }) };
}

function dimsOf(proto: TensorProto, path: string): number[] {
  return proto.dims.map((d) =>
    d >= 0n && d <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(d) : corrupt(path, `dimension ${d}`),
  );
}

function countOf(dims: readonly number[], path: string): number {
  if (dims.includes(0)) return 0;
  let count = 1;
  for (const d of dims) count *= d;
  if (count > Number.MAX_SAFE_INTEGER) corrupt(path, `dims [${dims.join(", ")}]`);
  return count;
}

function typedLength(proto: TensorProto): number {
  return (
    proto.floatData.length +
    proto.int32Data.length +
    proto.int64Data.length +
    proto.doubleData.length +
    proto.uint64Data.length
  );
}

function mismatch(path: string, dtype: DType, dims: string, expected: string, received: string): never {
  return corrupt(path, `${received} for ${dtype}[${dims}]`, undefined, expected);
}

function rawData(proto: TensorProto, dtype: DType, count: number, path: string): TensorData {
  const bytes = proto.rawData;
  const need = bytesOf(dtype, count);
  if (bytes.length !== need) {
    mismatch(path, dtype, proto.dims.join(", "), `${need} bytes`, `${bytes.length} bytes`);
  }
  return viewOf(dtype, bytes);
}

/** The typed array over little-endian bytes; a copy where they do not lie at a multiple of the element. */
function viewOf(dtype: DType, bytes: Uint8Array): TensorData {
  if (!hasArray(dtype) || dtype === "uint8" || dtype === "bool") return bytes;
  const size = bytesOf(dtype, 1);
  const { buffer, byteOffset, length } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const count = length / size;
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float64":
      return new Float64Array(buffer, byteOffset, count);
    case "int8":
      return new Int8Array(buffer, byteOffset, count);
    case "int16":
      return new Int16Array(buffer, byteOffset, count);
    case "int32":
      return new Int32Array(buffer, byteOffset, count);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, count);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, count);
    case "uint64":
      return new BigUint64Array(buffer, byteOffset, count);
    default:
      return new Uint16Array(buffer, byteOffset, count);
  }
}

function typedData(proto: TensorProto, dtype: DType, count: number, path: string): TensorData {
  const { list, need } = typedField(proto, dtype, count);
  if (list.length !== need) {
    mismatch(path, dtype, proto.dims.join(", "), `${need} elements`, `${list.length} elements`);
  }
  const data = allocate(dtype, count);
  if (dtype === "complex64") return bytesOfArray(Float32Array.from(list as number[]));
  if (dtype === "complex128") return bytesOfArray(Float64Array.from(list as number[]));
  if (dtype === "float6e2m3" || dtype === "float6e3m2") return packSixBits(list as number[]);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.set(list as bigint[]);
  else if (data instanceof Uint32Array) data.set(Array.from(list, Number));
  else if (ArrayBuffer.isView(data)) data.set(list as number[]);
  return data;
}

/** The field that holds elements of a dtype, and how many entries it must have. */
function typedField(proto: TensorProto, dtype: DType, count: number) {
  switch (dtype) {
    case "float32":
      return { list: proto.floatData, need: count };
    case "complex64":
      return { list: proto.floatData, need: count * 2 };
    case "float64":
      return { list: proto.doubleData, need: count };
    case "complex128":
      return { list: proto.doubleData, need: count * 2 };
    case "int64":
      return { list: proto.int64Data, need: count };
    case "uint32":
    case "uint64":
      return { list: proto.uint64Data, need: count };
    case "float6e2m3":
    case "float6e3m2":
      return { list: proto.int32Data, need: count };
    default:
      // One entry an element, or one a byte of packed elements.
      return { list: proto.int32Data, need: Math.min(count, bytesOf(dtype, count)) };
  }
}

/** Six-bit elements as a stream of bits, lowest first: four elements in three bytes. */
function packSixBits(elements: readonly number[]): Uint8Array {
  const out = new Uint8Array(Math.ceil((elements.length * 6) / 8));
  elements.forEach((element, i) => {
    const at = i * 6;
    const bits = (element & 63) << (at % 8);
    const byte = Math.floor(at / 8);
    out[byte] = (out[byte] ?? 0) | (bits & 255);
    if (bits > 255) out[byte + 1] = bits >> 8;
  });
  return out;
}

function unpackSixBits(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const at = i * 6;
    const byte = Math.floor(at / 8);
    return (((bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8)) >> (at % 8)) & 63;
  });
}

function stringsOf(proto: TensorProto, count: number, path: string) {
  const bytes = proto.stringData;
  if (bytes.length !== count) {
    mismatch(path, "string", proto.dims.join(", "), `${count} strings`, `${bytes.length} strings`);
  }
  const data = bytes.map((text) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(text));
  return { data, bytes: bytes.every((text) => utf8(text) !== undefined) ? undefined : bytes };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes; undefined where they are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The memory of a typed array as bytes, without a copy. */
export function bytesOfArray(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The raw bytes of a tensor of any dtype but string, checked against its dims. */
export function rawBytes(tensor: Tensor, path: string): Uint8Array {
  const { dtype, dims, data } = tensor;
  const need = bytesOf(dtype, countOf(dims, path));
  const bytes = ArrayBuffer.isView(data) ? bytesOfArray(data) : new Uint8Array(0);
  if (bytes.length !== need || !ArrayBuffer.isView(data)) {
    fail("tensor_size", {
      path,
      expected: `${need} bytes for ${dtype}[${dims.join(", ")}]`,
      received: ArrayBuffer.isView(data) ? `${bytes.length} bytes` : "strings",
    });
  }
  return bytes;
}

/**
 * The message of a tensor. Data go to `raw_data` unless the tensor was read from a typed field.
 * @param name Name of the initializer; without it the tensor keeps the name that it was read with.
 */
export function protoOfTensor(tensor: Tensor, path: string, name?: string): TensorProto {
  const extra = kept("tensor", tensor.extra);
  const proto = create(TensorProtoSchema, {
    ...extra?.rest,
    dims: tensor.dims.map((d) => (Number.isSafeInteger(d) && d >= 0 ? BigInt(d) : invalidDim(path, d))),
    dataType: dtypeCode(tensor.dtype),
    ...(name === undefined ? {} : { name }),
  });
  if (extra?.rest?.$unknown) proto.$unknown = extra.rest.$unknown;
  if (tensor.dtype === "string") {
    proto.stringData = stringBytes(tensor, path);
    return proto;
  }
  const bytes = rawBytes(tensor, path);
  if (extra?.typed) setTyped(proto, tensor, bytes);
  else proto.rawData = bytes;
  return proto;
}

function invalidDim(path: string, d: number): never {
  return fail("tensor_size", { path, expected: "dims of whole numbers", received: `${d}` });
}

function stringBytes(tensor: Tensor, path: string): Uint8Array[] {
  const original = kept("tensor", tensor.extra)?.strings;
  if (original !== undefined && original.data === tensor.data) return [...original.bytes];
  if (ArrayBuffer.isView(tensor.data) || tensor.data.length !== countOf(tensor.dims, path)) {
    return fail("tensor_size", {
      path,
      expected: `strings for dims [${tensor.dims.join(", ")}]`,
      received: `${tensor.data.length} elements`,
    });
  }
  return tensor.data.map((text) => new TextEncoder().encode(text));
}

function setTyped(proto: TensorProto, tensor: Tensor, bytes: Uint8Array): void {
  const { data, dtype } = tensor;
  const aligned = () => new Uint8Array(bytes).buffer;
  if (dtype === "complex64") proto.floatData = Array.from(new Float32Array(aligned()));
  else if (dtype === "complex128") proto.doubleData = Array.from(new Float64Array(aligned()));
  else if (dtype === "float6e2m3" || dtype === "float6e3m2") {
    proto.int32Data = unpackSixBits(bytes, countOf(tensor.dims, "tensor"));
  } else if (data instanceof Float32Array) proto.floatData = Array.from(data);
  else if (data instanceof Float64Array) proto.doubleData = Array.from(data);
  else if (data instanceof BigInt64Array) proto.int64Data = Array.from(data);
  else if (data instanceof BigUint64Array) proto.uint64Data = Array.from(data);
  else if (data instanceof Uint32Array) proto.uint64Data = Array.from(data, BigInt);
  else proto.int32Data = Array.from(data as ArrayLike<number>);
}
