import { fail } from "../base/index.js";
import type { Attribute, Graph, Tensor } from "../ir/index.js";

/** How an operator declares one of its attributes: its ONNX type and, where it has one, its default. */
export interface AttributeSpec<T> {
  readonly type: Attribute["type"];
  readonly default?: T;
}

interface Declare<T> {
  (): AttributeSpec<T | undefined>;
  (fallback: T): AttributeSpec<T>;
}

function declare<T>(type: Attribute["type"]): Declare<T> {
  return (fallback?: T) => ({ type, default: fallback }) as AttributeSpec<T>;
}

/** `attr.int(1)`, `attr.ints()`: without a default the attribute may be absent (undefined). */
export const attr = {
  int: declare<number>("int"),
  float: declare<number>("float"),
  string: declare<string>("string"),
  ints: declare<readonly number[]>("ints"),
  floats: declare<readonly number[]>("floats"),
  strings: declare<readonly string[]>("strings"),
  tensor: declare<Tensor>("tensor"),
  graph: declare<Graph>("graph"),
  /** What the codec keeps unread, such as a type. */
  opaque: declare<unknown>("opaque"),
};

export type AttributeSpecs = Readonly<Record<string, AttributeSpec<unknown>>>;

/** Plain values of declared attributes. */
export type AttributeValues<A extends AttributeSpecs> = {
  readonly [K in keyof A]: A[K] extends AttributeSpec<infer T> ? T : never;
};

/**
 * Plain values with defaults filled in, from a node's attributes.
 * Errors: `attribute_type` where a file gives another type than the operator declares.
 */
export function readAttributes(
  specs: AttributeSpecs,
  attributes: Readonly<Record<string, Attribute>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name in specs) {
    const spec = specs[name];
    const given = attributes[name];
    if (spec === undefined) continue;
    if (given === undefined) values[name] = spec.default;
    else if (given.type !== spec.type) {
      fail("attribute_type", {
        path: name,
        expected: `an attribute of type ${spec.type}`,
        received: given.type,
      });
    } else if (given.type === "int") values[name] = Number(given.value);
    else if (given.type === "ints") values[name] = given.value.map(Number);
    else values[name] = given.value;
  }
  return values;
}

/** Node attributes from plain values; those that equal their default are left out, as ONNX allows. */
export function writeAttributes(
  op: string,
  specs: AttributeSpecs,
  values: Readonly<Record<string, unknown>>,
): Record<string, Attribute> {
  const attributes: Record<string, Attribute> = {};
  for (const name in values) {
    const value = values[name];
    const spec = specs[name];
    if (spec === undefined) {
      fail("attribute_unknown", {
        path: `${op}.${name}`,
        expected: `one of ${Object.keys(specs).join(", ")}`,
      });
    }
    if (value === undefined || value === spec.default) continue;
    attributes[name] = { type: spec.type, value } as Attribute;
  }
  return attributes;
}
