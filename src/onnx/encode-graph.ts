import { clone, create } from "@bufbuild/protobuf";
import { fail } from "../base/index.js";
import { type Graph, type Node, nodeLabel, OWN_GRADIENT, type Tensor, type Value } from "../ir/index.js";
import { protoOfAttribute } from "./attributes.js";
import { type Declaration, kept, whenSet } from "./extra.js";
import { notesOf } from "./own-gradient.js";
import {
  type AttributeProto,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type SparseTensorProto,
  SparseTensorProtoSchema,
  type TensorProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./schema.gen.js";
import type { Names } from "./scope.js";
import { protoOfTensor } from "./tensors.js";
import { encodeType } from "./value-types.js";

/** What the writing of a graph and of the graphs inside it works with. */
export interface Writing {
  readonly names: Names;
  readonly nameOf: ReadonlyMap<Value, string>;
  /** Writes an initializer's data elsewhere; undefined: they stay in the file. */
  readonly external?: (tensor: Tensor, name: string) => TensorProto | undefined;
}

/**
 * The message of a graph.
 * @param visible Values of the graphs around it.
 */
export function protoOfGraph(
  graph: Graph,
  writing: Writing,
  visible: ReadonlySet<Value>,
  path: string,
): GraphProto {
  const extra = kept("graph", graph.extra);
  const known = new Set<Value>([...visible, ...graph.inputs, ...graph.initializers]);
  const proto = create(GraphProtoSchema, {
    ...extra?.rest,
    ...(graph.name === "" ? {} : { name: graph.name }),
  });
  if (extra?.rest?.$unknown) proto.$unknown = extra.rest.$unknown;
  proto.input = graph.inputs.map((value) =>
    declarationOf(value, kept("value", value.extra)?.declared, nameIn(writing, value, path)),
  );
  proto.initializer = graph.initializers.map((value) => initializerOf(value, writing, path));
  graph.nodes.forEach((node, at) => {
    const sparse = sparseOf(node);
    if (sparse) proto.sparseInitializer.push(sparseProto(sparse, writing, path));
    else proto.node.push(protoOfNode(node, writing, known, `${path}/${nodeLabel(node, at)}`));
    for (const value of node.outputs) if (value !== undefined) known.add(value);
  });
  const returned = new Set<Value>();
  proto.output = graph.outputs.map((value, i) => {
    if (!known.has(value)) undefinedValue(value, `${path}.output[${i}]`);
    const declared = extra?.outputs.get(value);
    // Runtimes refuse a graph that returns a value of a graph around it, or one value twice.
    const copy = declared === undefined && (visible.has(value) || returned.has(value));
    returned.add(value);
    const name = nameIn(writing, value, path);
    return declarationOf(value, declared, copy ? copyOf(name, proto, writing) : name);
  });
  proto.valueInfo = [...valueInfosOf(graph, writing, path), ...spareInfos(graph, writing)];
  return proto;
}

function undefinedValue(value: Value, path: string): never {
  return fail("onnx_undefined_value", {
    path,
    received: `${JSON.stringify(value.name)}, which no earlier node, input or initializer gives`,
    hint: "order the nodes, or add the value to inputs or initializers",
  });
}

function nameIn(writing: Writing, value: Value, path: string): string {
  return writing.nameOf.get(value) ?? undefinedValue(value, path);
}

function copyOf(name: string, proto: GraphProto, writing: Writing): string {
  const copy = writing.names.fresh(`${name}_out`);
  proto.node.push(create(NodeProtoSchema, { opType: "Identity", input: [name], output: [copy] }));
  return copy;
}

/** The declaration as it was read, as long as the value still has the type that it had then. */
function declarationOf(value: Value, declared: Declaration | undefined, name: string): ValueInfoProto {
  const info = declared?.info;
  const unchanged = declared !== undefined && declared.type === value.type;
  if (info !== undefined && unchanged && info.name === name) return info;
  const proto = create(ValueInfoProtoSchema, { name });
  if (info !== undefined) {
    const docString = whenSet(info, "docString");
    if (docString !== undefined) proto.docString = docString;
    proto.metadataProps = info.metadataProps;
    if (info.$unknown) proto.$unknown = info.$unknown;
  }
  const type = unchanged ? info?.type : value.type && encodeType(value.type);
  if (type !== undefined) proto.type = type;
  return proto;
}

function initializerOf(value: Value, writing: Writing, path: string): TensorProto {
  const name = nameIn(writing, value, path);
  if (value.data === undefined) {
    return fail("initializer_empty", { path: `${path}.${name}`, expected: "data" });
  }
  return writing.external?.(value.data, name) ?? protoOfTensor(value.data, name, name);
}

function protoOfNode(node: Node, writing: Writing, known: ReadonlySet<Value>, path: string): NodeProto {
  const extra = kept("node", node.extra);
  const domain = node.domain === "" ? extra?.domain : node.domain;
  const proto = create(NodeProtoSchema, { ...extra?.rest, opType: node.opType });
  if (extra?.rest?.$unknown) proto.$unknown = extra.rest.$unknown;
  if (node.name !== "") proto.name = node.name;
  if (domain !== undefined) proto.domain = domain;
  proto.input = node.inputs.map((value) => {
    if (value === undefined) return "";
    return known.has(value) ? nameIn(writing, value, path) : undefinedValue(value, path);
  });
  proto.output = node.outputs.map((value) => (value === undefined ? "" : nameIn(writing, value, path)));
  const notes = notesOf(node, extra?.rest?.metadataProps);
  if (notes !== undefined) proto.metadataProps = notes;
  proto.attribute = Object.entries(node.attributes)
    .filter(([name]) => name !== OWN_GRADIENT)
    .map(([name, a]) =>
      protoOfAttribute(name, a, `${path}.${name}`, (graph, where) =>
        protoOfGraph(graph, writing, known, where),
      ),
    );
  return proto;
}

/** The sparse initializer that a Constant node stands for, and its value. */
function sparseOf(node: Node): { proto: SparseTensorProto; value: Value } | undefined {
  const proto = kept("node", node.extra)?.sparse;
  const [value] = node.outputs;
  const opaque = node.attributes.sparse_value?.value as AttributeProto | undefined;
  return proto && value && opaque?.sparseTensor === proto ? { proto, value } : undefined;
}

function sparseProto(sparse: { proto: SparseTensorProto; value: Value }, writing: Writing, path: string) {
  const name = nameIn(writing, sparse.value, path);
  const { values } = sparse.proto;
  if (values === undefined || values.name === name) return sparse.proto;
  const renamed = clone(SparseTensorProtoSchema, sparse.proto);
  if (renamed.values) renamed.values.name = name;
  return renamed;
}

/** Types of values within the graph: those that the file declared, and of nodes all that are known. */
function* valueInfosOf(graph: Graph, writing: Writing, path: string): Generator<ValueInfoProto> {
  const inputs = new Set(graph.inputs);
  const outputs = new Set(graph.outputs);
  for (const value of graph.initializers) {
    const declared = kept("value", value.extra)?.declared;
    if (declared && !inputs.has(value)) yield declarationOf(value, declared, nameIn(writing, value, path));
  }
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      if (value === undefined) continue;
      const declared = kept("value", value.extra)?.declared;
      const worth = value.type !== undefined && !outputs.has(value) && sparseOf(node) === undefined;
      if (declared || worth) yield declarationOf(value, declared, nameIn(writing, value, path));
    }
  }
}

/** Declarations that the file had of nothing, or a second time, where they still say nothing false. */
function spareInfos(graph: Graph, writing: Writing): ValueInfoProto[] {
  const names = new Set(writing.nameOf.values());
  return (kept("graph", graph.extra)?.spare ?? [])
    .filter(({ info, of }) => (of ? writing.nameOf.get(of) === info.name : !names.has(info.name)))
    .map(({ info }) => info);
}
