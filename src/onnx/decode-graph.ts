import { create } from "@bufbuild/protobuf";
import { type Attribute, Graph, type Node, type Tensor, tensorType, Value } from "../ir/index.js";
import { attributeOf } from "./attributes.js";
import { compact, type Declaration, type GraphExtra, keep, whenAny, whenSet } from "./extra.js";
import { inOrder, labelOf, namesOf } from "./order.js";
import { attributesOfNotes } from "./own-gradient.js";
import { corrupt, invalid } from "./problems.js";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  type ValueInfoProto,
} from "./schema.gen.js";
import { type Names, Scope } from "./scope.js";
import type { Symbols } from "./symbols.js";
import { tensorOf } from "./tensors.js";
import { decodeType } from "./value-types.js";

/** What the reading of one body (the main graph, or a call of a function) works with. */
export interface Reading {
  readonly names: Names;
  readonly symbols: Symbols;
  /** Puts something else in place of a node (the body of a function that it calls); false: it did not. */
  readonly expand?: (
    node: NodeProto,
    inputs: readonly (Value | undefined)[],
    path: string,
    reading: Reading,
    body: Body,
  ) => boolean;
  /** Inside a function: what its caller decided. */
  readonly call?: {
    /** Put before the names of all values and nodes. */
    readonly prefix: string;
    readonly attributes: ReadonlyMap<string, () => Attribute | undefined>;
    /** The functions that are being inlined, outermost first. */
    readonly within: readonly string[];
  };
}

/** A body that nodes are read into. */
export interface Body {
  readonly scope: Scope;
  readonly nodes: Node[];
  readonly nodeNames: Set<string>;
  readonly path: string;
  /** The type and declaration of a value called so in the file. */
  declared(name: string): About;
  /** For the results of a function: the value as the caller defines it. */
  produce?(name: string): Value | undefined;
}

/** What a file says of a value. */
export interface About {
  readonly type?: Value["type"];
  readonly declared?: Declaration;
}

/** The domain as the graph spells it: "" for `ai.onnx`. */
export function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

export function decodeGraph(
  proto: GraphProto,
  reading: Reading,
  outer: Scope | undefined,
  path: string,
): Graph {
  const scope = new Scope(outer);
  for (const name of namesOf(proto)) scope.reserved.add(name);
  const infos = firstByName(proto.valueInfo);
  const results = firstByName(proto.output);
  const declaredNames = new Set<string>();
  const typeOf = (info: ValueInfoProto | undefined) => decodeType(info?.type, reading.symbols);

  const declare = (name: string): About => {
    const info = infos.get(name);
    const type = typeOf(results.get(name)) ?? typeOf(info);
    if (info === undefined || declaredNames.has(name)) return { type };
    declaredNames.add(name);
    return { type, declared: { info, type } };
  };

  const tensors = new Map<string, Tensor>();
  for (const [i, t] of proto.initializer.entries()) {
    if (t.name === "") invalid(`${path}.initializer[${i}]`, "an initializer without a name");
    if (tensors.has(t.name)) invalid(`${path}.initializer[${i}]`, `a second initializer called ${t.name}`);
    tensors.set(t.name, tensorOf(t, t.name));
  }
  const byInputName = new Map<string, Value>();
  const inputs = proto.input.map((info, i) => {
    const { name } = info;
    if (name === "") invalid(`${path}.input[${i}]`, "an input without a name");
    if (byInputName.has(name)) invalid(`${path}.input[${i}]`, `a second input called ${name}`);
    const data = tensors.get(name);
    const type = typeOf(info) ?? (data && tensorType(data.dtype, data.dims));
    const value = define(reading, scope, name, { type, declared: { info, type } }, data);
    byInputName.set(name, value);
    return value;
  });
  const initializers = proto.initializer.map(({ name }) => {
    const shared = byInputName.get(name);
    if (shared !== undefined) return shared;
    const data = tensors.get(name) ?? corrupt(path, `initializer ${name}`);
    const type = tensorType(data.dtype, data.dims);
    const { declared } = declare(name);
    return define(reading, scope, name, { type, declared: declared && { info: declared.info, type } }, data);
  });

  const body: Body = { scope, nodes: [], nodeNames: new Set(), path, declared: declare };
  readSparse(proto, reading, body);
  const given = new Set([
    ...proto.input.map(({ name }) => name),
    ...tensors.keys(),
    ...proto.sparseInitializer.map(({ values }) => values?.name ?? ""),
  ]);
  decodeNodes(inOrder(proto.node, given, path), reading, body);

  const outputDeclarations = new Map<Value, Declaration>();
  const outputs = proto.output.map((info, i) => {
    const value = scope.get(info.name);
    if (value === undefined) {
      return invalid(`${path}.output[${i}]`, `an output ${JSON.stringify(info.name)} that nothing makes`);
    }
    outputDeclarations.set(value, { info, type: value.type });
    return value;
  });
  const spare: GraphExtra["spare"] = proto.valueInfo
    .filter((info) => !declaredNames.has(info.name) || infos.get(info.name) !== info)
    .map((info) => ({ info, of: scope.reserved.has(info.name) ? scope.get(info.name) : undefined }));
  return new Graph({
    name: proto.name,
    inputs,
    outputs,
    initializers,
    nodes: body.nodes,
    extra: keep<GraphExtra>({
      kind: "graph",
      outputs: outputDeclarations,
      spare,
      rest: compact({
        docString: whenSet(proto, "docString"),
        quantizationAnnotation: whenAny(proto.quantizationAnnotation),
        metadataProps: whenAny(proto.metadataProps),
        $unknown: proto.$unknown,
      }),
    }),
  });
}

function firstByName(infos: readonly ValueInfoProto[]): Map<string, ValueInfoProto> {
  const byName = new Map<string, ValueInfoProto>();
  for (const info of infos) if (!byName.has(info.name)) byName.set(info.name, info);
  return byName;
}

/** Make a value and bind its name; the value gets another name where its own would hide one. */
function define(reading: Reading, scope: Scope, name: string, about: About, data?: Tensor): Value {
  const { call, names } = reading;
  const unique = call ? names.fresh(`${call.prefix}${name}`) : scope.hides(name) ? names.fresh(name) : name;
  const extra = about.declared && keep({ kind: "value" as const, declared: about.declared });
  const value = new Value(unique, about.type, data, extra);
  scope.reserved.add(unique);
  scope.bind(name, value);
  return value;
}

/** A sparse initializer has no dense data to give: it becomes a Constant node that makes the tensor. */
function readSparse(proto: GraphProto, reading: Reading, body: Body): void {
  for (const [i, sparse] of proto.sparseInitializer.entries()) {
    const path = `${body.path}.sparse_initializer[${i}]`;
    const name = sparse.values?.name ?? "";
    if (sparse.values === undefined || name === "") invalid(path, "a sparse initializer without a name");
    const { dtype } = tensorOf(sparse.values, path);
    const dims = sparse.dims.map((d) =>
      d >= 0n && Number.isSafeInteger(Number(d)) ? Number(d) : corrupt(path, `dimension ${d}`),
    );
    const type = tensorType(dtype, dims);
    const { declared } = body.declared(name);
    const value = define(reading, body.scope, name, {
      type,
      declared: declared && { info: declared.info, type },
    });
    const attribute: Attribute = {
      type: "opaque",
      value: create(AttributeProtoSchema, {
        name: "sparse_value",
        type: AttributeProto_AttributeType.SPARSE_TENSOR,
        sparseTensor: sparse,
      }),
    };
    body.nodes.push({
      opType: "Constant",
      domain: "",
      name: "",
      inputs: [],
      outputs: [value],
      attributes: { sparse_value: attribute },
      extra: keep({ kind: "node", sparse }),
    });
  }
}

export function decodeNodes(nodes: readonly NodeProto[], reading: Reading, body: Body): void {
  nodes.forEach((node, at) => {
    decodeNode(node, `${body.path}/${labelOf(node, at)}`, reading, body);
  });
}

function decodeNode(proto: NodeProto, path: string, reading: Reading, body: Body): void {
  const inputs = proto.input.map((name, i) => {
    if (name === "") return undefined;
    if (body.scope.has(name)) return body.scope.get(name);
    return invalid(path, `input ${i}, ${JSON.stringify(name)}, which nothing makes`);
  });
  if (reading.expand?.(proto, inputs, path, reading, body)) return;
  const attributes = new Map<string, Attribute>(attributesOfNotes(proto));
  for (const a of proto.attribute) {
    const where = `${path}.${a.name}`;
    if (attributes.has(a.name)) invalid(where, "an attribute given twice");
    const attribute = readAttribute(a, where, reading, body.scope);
    if (attribute !== undefined) attributes.set(a.name, attribute);
  }
  const outputs = proto.output.map((name) => defineOutput(name, reading, body));
  body.nodes.push({
    opType: proto.opType,
    domain: plainDomain(proto.domain),
    name: uniqueNodeName(proto.name, reading, body),
    inputs,
    outputs,
    attributes: Object.fromEntries(attributes),
    extra: nodeExtra(proto),
  });
}

/** The attribute; undefined where it refers to a parameter that the caller of the function left out. */
export function readAttribute(
  proto: AttributeProto,
  path: string,
  reading: Reading,
  scope: Scope,
): Attribute | undefined {
  if (proto.refAttrName !== "" && reading.call !== undefined) {
    return reading.call.attributes.get(proto.refAttrName)?.();
  }
  return attributeOf(proto, path, (graph, where) => decodeGraph(graph, reading, scope, where));
}

/** The value of a node's output, bound to its name; undefined where the output is left out. */
export function defineOutput(name: string, reading: Reading, body: Body): Value | undefined {
  if (name === "") return undefined;
  const made = body.produce?.(name);
  if (made === undefined) return define(reading, body.scope, name, body.declared(name));
  body.scope.bind(name, made);
  return made;
}

function uniqueNodeName(name: string, reading: Reading, body: Body): string {
  if (name === "") return "";
  let unique = `${reading.call?.prefix ?? ""}${name}`;
  for (let i = 1; body.nodeNames.has(unique); i++) unique = `${reading.call?.prefix ?? ""}${name}_${i}`;
  body.nodeNames.add(unique);
  return unique;
}

function nodeExtra(proto: NodeProto) {
  const extra = compact({
    domain: plainDomain(proto.domain) === "" ? whenSet(proto, "domain") : undefined,
    rest: compact({
      docString: whenSet(proto, "docString"),
      overload: whenSet(proto, "overload"),
      metadataProps: whenAny(proto.metadataProps),
      deviceConfigurations: whenAny(proto.deviceConfigurations),
      $unknown: proto.$unknown,
    }),
  });
  return extra && keep({ kind: "node" as const, ...extra });
}
