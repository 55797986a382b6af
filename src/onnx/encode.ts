import { create, toBinary } from "@bufbuild/protobuf";
import { fail } from "../base/index.js";
import type { Model, Tensor } from "../ir/index.js";
import { plainDomain } from "./decode-graph.js";
import { dtypeCode } from "./dtypes.js";
import { protoOfGraph } from "./encode-graph.js";
import { kept } from "./extra.js";
import { nameValues } from "./naming.js";
import { guarded } from "./problems.js";
import {
  type ModelProto,
  ModelProtoSchema,
  type OperatorSetIdProto,
  OperatorSetIdProtoSchema,
  type StringStringEntryProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from "./schema.gen.js";
import { rawBytes } from "./tensors.js";

/** Protobuf messages end here; larger weights must lie outside. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Where the bytes of a tensor were put. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
}

export interface EncodeOptions {
  /**
   * Asked for each numeric initializer: puts the bytes into another file and tells where, or returns
   * undefined to leave them in the model.
   */
  external?: (bytes: Uint8Array, name: string) => ExternalPlace | undefined;
}

/**
 * Write a model as ONNX. Names that would clash along a chain of graphs get a number behind them; what
 * decoding kept of the file is written again. Fails with `onnx_undefined_value` where a node reads a value
 * that nothing gives, with `onnx_too_large` where the result would pass 2 GiB.
 */
export function encodeModel(model: Model, options: EncodeOptions = {}): Uint8Array {
  return bytesOfModel(guarded("onnx_encode", undefined, () => protoOfModel(model, options)));
}

/** The bytes of a model's message. */
export function bytesOfModel(proto: ModelProto): Uint8Array {
  const bytes = guarded("onnx_encode", undefined, () => toBinary(ModelProtoSchema, proto));
  return bytes.length <= MAX_MODEL_BYTES ? bytes : tooLarge("model", bytes.length);
}

/** The message of a model. */
export function protoOfModel(model: Model, options: EncodeOptions = {}): ModelProto {
  const { opsetImport, metadataProps, ...rest } = kept("model", model.extra)?.rest ?? {};
  const proto = create(ModelProtoSchema, rest);
  if (rest.$unknown) proto.$unknown = rest.$unknown;
  if (model.irVersion > 0) proto.irVersion = BigInt(model.irVersion);
  if (model.producer !== undefined) proto.producerName = model.producer;
  if (model.producerVersion !== undefined) proto.producerVersion = model.producerVersion;
  if (model.doc !== undefined) proto.docString = model.doc;
  proto.opsetImport = opsetsOf(model, opsetImport ?? []);
  proto.metadataProps = metadataOf(model, metadataProps ?? []);
  const size = { bytes: 0 };
  proto.graph = protoOfGraph(
    model.graph,
    { ...nameValues(model.graph), external: (tensor, name) => elsewhere(tensor, name, options, size) },
    new Set(),
    "graph",
  );
  return proto;
}

function elsewhere(tensor: Tensor, name: string, options: EncodeOptions, size: { bytes: number }) {
  if (tensor.dtype === "string") return undefined;
  const bytes = rawBytes(tensor, name);
  const place = options.external?.(bytes, name);
  if (place === undefined) {
    size.bytes += bytes.length;
    if (size.bytes <= MAX_MODEL_BYTES) return undefined;
    return tooLarge(name, size.bytes);
  }
  return externalProto(tensor, name, place, bytes.length);
}

function tooLarge(path: string, bytes: number): never {
  return fail("onnx_too_large", {
    path,
    expected: "less than 2 GiB within the model's file",
    received: `at least ${bytes} bytes`,
    hint: "save the model with externalData",
  });
}

function externalProto(tensor: Tensor, name: string, place: ExternalPlace, length: number): TensorProto {
  const entries = { location: place.location, offset: `${place.offset}`, length: `${length}` };
  return create(TensorProtoSchema, {
    ...kept("tensor", tensor.extra)?.rest,
    name,
    dims: tensor.dims.map(BigInt),
    dataType: dtypeCode(tensor.dtype),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
}

/** The file's own entries where they still say what the model says, in their order; then the new ones. */
function opsetsOf(model: Model, read: readonly OperatorSetIdProto[]): OperatorSetIdProto[] {
  const same = read.filter((it) => model.opsets[plainDomain(it.domain)] === Number(it.version));
  const said = new Set(same.map((it) => plainDomain(it.domain)));
  const added = Object.entries(model.opsets)
    .filter(([domain]) => !said.has(domain))
    .map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
  return [...same, ...added];
}

function metadataOf(model: Model, read: readonly StringStringEntryProto[]): StringStringEntryProto[] {
  const last = new Map(read.map((entry) => [entry.key, entry]));
  const unchanged = (entry: StringStringEntryProto) =>
    Object.hasOwn(model.metadata, entry.key) && model.metadata[entry.key] === last.get(entry.key)?.value;
  const same = read.filter(unchanged);
  const said = new Set(same.map((entry) => entry.key));
  const added = Object.entries(model.metadata)
    .filter(([key]) => !said.has(key))
    .map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
  return [...same, ...added];
}
