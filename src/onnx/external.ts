import { clearField } from "@bufbuild/protobuf";
import { fail } from "../base/index.js";
import { corrupt, invalid } from "./problems.js";
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from "./schema.gen.js";

/** Where a tensor's bytes lie outside of the model's file. */
export interface ExternalRange {
  /** POSIX path relative to the model's directory. */
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the end of the file. */
  readonly length: number | undefined;
  /** SHA-1 of the whole file in hex, where the model gives it. */
  readonly checksum: string | undefined;
}

/** Gives the bytes of a range: exactly `length` of them, where a length is asked for. */
export type ReadExternal = (location: string, range: ExternalRange) => Uint8Array;

/** A tensor that a file refers to elsewhere, with the way to it for messages. */
export interface ExternalTensor {
  readonly proto: TensorProto;
  readonly path: string;
  readonly range: ExternalRange;
}

/** All tensors of a model whose data lie in other files. */
export function externalTensors(model: ModelProto): ExternalTensor[] {
  const found: ExternalTensor[] = [];
  for (const [path, proto] of tensorsOfModel(model)) {
    if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
      found.push({ proto, path, range: rangeOf(proto, path) });
    }
  }
  return found;
}

/** Put bytes that were read elsewhere into the tensor, as if the file had held them. */
export function internalise(tensor: ExternalTensor, bytes: Uint8Array): void {
  const { proto, range, path } = tensor;
  if (range.length !== undefined && bytes.length !== range.length) {
    corrupt(path, `${bytes.length} bytes from ${range.location}`, undefined, `${range.length} bytes`);
  }
  proto.rawData = bytes;
  proto.externalData = [];
  clearField(proto, TensorProtoSchema.field.dataLocation);
}

function rangeOf(proto: TensorProto, path: string): ExternalRange {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  if (location === undefined) return invalid(path, "external data without a location");
  checkLocation(location, path);
  const integer = (key: string) => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    return /^\d+$/.test(text) && Number.isSafeInteger(value)
      ? value
      : corrupt(path, `${key} ${JSON.stringify(text)}`);
  };
  return {
    location,
    offset: integer("offset") ?? 0,
    length: integer("length"),
    checksum: entries.get("checksum")?.toLowerCase(),
  };
}

/** Refuse locations that are not a plain relative path inside the model's directory. */
export function checkLocation(location: string, path: string): void {
  const parts = location.split(/[\\/]/);
  const escapes =
    location === "" ||
    location.includes("\0") ||
    /^([\\/]|[A-Za-z]:)/.test(location) ||
    parts.includes("..") ||
    parts.every((part) => part === "" || part === ".");
  if (!escapes) return;
  fail("onnx_external_escapes", {
    path,
    expected: "a relative path inside the model's directory",
    received: JSON.stringify(location.slice(0, 200)),
    hint: "the file names data outside of its own directory: do not trust it, or save it again",
  });
}

function* tensorsOfModel(model: ModelProto): Generator<[path: string, proto: TensorProto]> {
  if (model.graph) yield* ofGraph(model.graph, "graph");
  for (const f of model.functions) {
    yield* ofNodes(f.node, f.name);
    for (const a of f.attributeProto) yield* ofAttribute(a, `${f.name}.${a.name}`);
  }
  for (const [i, info] of model.trainingInfo.entries()) {
    if (info.initialization) yield* ofGraph(info.initialization, `training_info[${i}].initialization`);
    if (info.algorithm) yield* ofGraph(info.algorithm, `training_info[${i}].algorithm`);
  }
}

function* ofGraph(graph: GraphProto, path: string): Generator<[string, TensorProto]> {
  for (const t of graph.initializer) yield [t.name || path, t];
  for (const s of graph.sparseInitializer) yield* ofSparse(s, `${path}.sparse_initializer`);
  yield* ofNodes(graph.node, path);
}

function* ofNodes(nodes: readonly NodeProto[], path: string): Generator<[string, TensorProto]> {
  for (const [i, node] of nodes.entries()) {
    const where = `${path}/${node.name || `${node.opType}_${i}`}`;
    for (const a of node.attribute) yield* ofAttribute(a, `${where}.${a.name}`);
  }
}

function* ofAttribute(a: AttributeProto, path: string): Generator<[string, TensorProto]> {
  if (a.t) yield [path, a.t];
  for (const t of a.tensors) yield [path, t];
  if (a.sparseTensor) yield* ofSparse(a.sparseTensor, path);
  for (const s of a.sparseTensors) yield* ofSparse(s, path);
  if (a.g) yield* ofGraph(a.g, path);
  for (const g of a.graphs) yield* ofGraph(g, path);
}

function* ofSparse(sparse: SparseTensorProto, path: string): Generator<[string, TensorProto]> {
  if (sparse.values) yield [`${path}.values`, sparse.values];
  if (sparse.indices) yield [`${path}.indices`, sparse.indices];
}
