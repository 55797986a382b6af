import { create } from "@bufbuild/protobuf";
import { fail } from "../base/index.js";
import type { Attribute, Graph } from "../ir/index.js";
import { compact, keep, kept, whenSet } from "./extra.js";
import { invalid } from "./problems.js";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  AttributeProto_AttributeType as Type,
} from "./schema.gen.js";
import { protoOfTensor, tensorOf, utf8 } from "./tensors.js";

/** Read an attribute; `graphOf` reads the graphs inside. What the graph does not express stays opaque. */
export function attributeOf(
  proto: AttributeProto,
  path: string,
  graphOf: (graph: GraphProto, path: string) => Graph,
): Attribute {
  const attribute = plainOf(proto, path, graphOf);
  if (attribute.type === "opaque") return attribute;
  const extra = compact({
    untyped: proto.type === Type.UNDEFINED || undefined,
    rest: compact({ docString: whenSet(proto, "docString"), $unknown: proto.$unknown }),
  });
  return extra === undefined ? attribute : { ...attribute, extra: keep({ kind: "attribute", ...extra }) };
}

function plainOf(
  proto: AttributeProto,
  path: string,
  graphOf: (graph: GraphProto, path: string) => Graph,
): Attribute {
  if (proto.refAttrName !== "") return { type: "opaque", value: proto };
  switch (proto.type === Type.UNDEFINED ? typeBySet(proto) : proto.type) {
    case Type.INT:
      return { type: "int", value: narrow(proto.i) };
    case Type.FLOAT:
      return { type: "float", value: proto.f };
    case Type.STRING: {
      const text = utf8(proto.s);
      return text === undefined ? { type: "bytes", value: proto.s } : { type: "string", value: text };
    }
    case Type.TENSOR:
      if (proto.t === undefined) return invalid(path, "an attribute without its tensor");
      return { type: "tensor", value: tensorOf(proto.t, path) };
    case Type.GRAPH:
      if (proto.g === undefined) return invalid(path, "an attribute without its graph");
      return { type: "graph", value: graphOf(proto.g, path) };
    case Type.INTS:
      return { type: "ints", value: proto.ints.map(narrow) };
    case Type.FLOATS:
      return { type: "floats", value: proto.floats };
    case Type.STRINGS: {
      const texts = proto.strings.map(utf8);
      return texts.every((text) => text !== undefined)
        ? { type: "strings", value: texts }
        : { type: "opaque", value: proto };
    }
    case Type.TENSORS:
      return { type: "tensors", value: proto.tensors.map((t, i) => tensorOf(t, `${path}[${i}]`)) };
    case Type.GRAPHS:
      return { type: "graphs", value: proto.graphs.map((g, i) => graphOf(g, `${path}[${i}]`)) };
    default:
      return { type: "opaque", value: proto };
  }
}

/** The type of an attribute that does not say it, by the one field that is set. */
function typeBySet(proto: AttributeProto): Type {
  if (Object.hasOwn(proto, "f")) return Type.FLOAT;
  if (Object.hasOwn(proto, "i")) return Type.INT;
  if (Object.hasOwn(proto, "s")) return Type.STRING;
  if (proto.t) return Type.TENSOR;
  if (proto.g) return Type.GRAPH;
  if (proto.floats.length > 0) return Type.FLOATS;
  if (proto.ints.length > 0) return Type.INTS;
  if (proto.strings.length > 0) return Type.STRINGS;
  if (proto.tensors.length > 0) return Type.TENSORS;
  if (proto.graphs.length > 0) return Type.GRAPHS;
  return Type.UNDEFINED;
}

function narrow(i: bigint): number | bigint {
  const value = Number(i);
  return Number.isSafeInteger(value) ? value : i;
}

/** The message of an attribute; `graphProto` writes the graphs inside. */
export function protoOfAttribute(
  name: string,
  a: Attribute,
  path: string,
  graphProto: (graph: Graph, path: string) => GraphProto,
): AttributeProto {
  if (a.type === "opaque") return opaque(name, a.value, path);
  const extra = kept("attribute", a.extra);
  const proto = create(AttributeProtoSchema, { ...extra?.rest, name });
  if (extra?.rest?.$unknown) proto.$unknown = extra.rest.$unknown;
  const type = fill(proto, a, path, graphProto);
  if (!extra?.untyped) proto.type = type;
  return proto;
}

function fill(
  proto: AttributeProto,
  a: Exclude<Attribute, { type: "opaque" }>,
  path: string,
  graphProto: (graph: Graph, path: string) => GraphProto,
): Type {
  switch (a.type) {
    case "int":
      proto.i = widen(a.value, path);
      return Type.INT;
    case "float":
      proto.f = single(a.value, path);
      return Type.FLOAT;
    case "string":
      proto.s = new TextEncoder().encode(a.value);
      return Type.STRING;
    case "bytes":
      proto.s = a.value;
      return Type.STRING;
    case "tensor":
      proto.t = protoOfTensor(a.value, path);
      return Type.TENSOR;
    case "graph":
      proto.g = graphProto(a.value, path);
      return Type.GRAPH;
    case "ints":
      proto.ints = a.value.map((v) => widen(v, path));
      return Type.INTS;
    case "floats":
      proto.floats = a.value.map((v) => single(v, path));
      return Type.FLOATS;
    case "strings":
      proto.strings = a.value.map((text) => new TextEncoder().encode(text));
      return Type.STRINGS;
    case "tensors":
      proto.tensors = a.value.map((t, i) => protoOfTensor(t, `${path}[${i}]`));
      return Type.TENSORS;
    case "graphs":
      proto.graphs = a.value.map((g, i) => graphProto(g, `${path}[${i}]`));
      return Type.GRAPHS;
  }
}

function opaque(name: string, value: unknown, path: string): AttributeProto {
  if (typeof value === "object" && value !== null && "$typeName" in value) {
    const proto = value as AttributeProto;
    if (proto.$typeName === AttributeProtoSchema.typeName) {
      return proto.name === name ? proto : Object.assign(create(AttributeProtoSchema), proto, { name });
    }
  }
  return fail("onnx_encode", {
    path,
    expected: "an opaque attribute as it was read from an ONNX file",
    received: typeof value,
  });
}

function widen(value: number | bigint, path: string): bigint {
  const whole = typeof value === "bigint" || Number.isInteger(value);
  const wide = whole ? BigInt(value) : 0n;
  if (!whole || BigInt.asIntN(64, wide) !== wide) {
    fail("onnx_encode", { path, expected: "a whole number of 64 bits", received: `${value}` });
  }
  return wide;
}

function single(value: number, path: string): number {
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
    fail("onnx_encode", { path, expected: "a number that float32 can hold", received: `${value}` });
  }
  return Math.fround(value);
}
