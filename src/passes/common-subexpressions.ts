import { type Attribute, type Graph, mapReads, type Node, type Tensor, type Value } from "../ir/index.js";

/** Operators whose outputs differ from call to call. */
const RANDOM = new Set([
  "Bernoulli",
  "Dropout",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
]);

/**
 * Merge nodes that compute the same thing from the same values (or equal small constants). Nodes with subgraphs are left
 * alone. A node is compared with those that read the youngest of its inputs, which are few.
 */
export function mergeCommonSubexpressions(graph: Graph): Graph {
  const same = constantsOf(graph);
  const map = new Map<Value, Value>();
  const swap = (value: Value): Value => map.get(value) ?? value;
  /** When each value was made. */
  const age = new Map<Value, number>();
  const readers = new Map<Value | undefined, Node[]>();
  const nodes: Node[] = [];
  const results = new Set(graph.outputs);
  for (const original of graph.nodes) {
    const node = map.size === 0 ? original : mapReads(original, swap);
    if (!RANDOM.has(node.opType) && comparable(node.attributes)) {
      const youngest = youngestOf(node.inputs, age, same);
      const others = readers.get(youngest);
      // A graph's own outputs keep their names: they are its signature.
      const own = node.outputs.some((v) => v !== undefined && results.has(v));
      const twin = own ? undefined : others?.find((other) => computesTheSame(other, node, same));
      if (twin !== undefined) {
        node.outputs.forEach((value, i) => {
          const known = twin.outputs[i];
          if (value !== undefined && known !== undefined) map.set(value, known);
        });
        continue;
      }
      if (others === undefined) readers.set(youngest, [node]);
      else others.push(node);
    }
    for (const value of node.outputs) if (value !== undefined) age.set(value, nodes.length);
    nodes.push(node);
  }
  return map.size === 0 ? graph : graph.with({ nodes, outputs: graph.outputs.map(swap) });
}

/** The value that stands for each small constant: passes make their own axes and scalars. */
function constantsOf(graph: Graph): (value: Value | undefined) => Value | undefined {
  const inputs = new Set(graph.inputs);
  const first = new Map<string, Value>();
  const found = new Map<Value, Value>();
  return (value) => {
    if (value?.data === undefined || inputs.has(value)) return value;
    let known = found.get(value);
    if (known === undefined) {
      const contents = contentsOf(value);
      known = (contents === undefined ? undefined : first.get(contents)) ?? value;
      if (contents !== undefined) first.set(contents, known);
      found.set(value, known);
    }
    return known;
  };
}

type Constants = ReturnType<typeof constantsOf>;

function youngestOf(
  inputs: Node["inputs"],
  age: ReadonlyMap<Value, number>,
  same: Constants,
): Value | undefined {
  let [youngest, last] = [same(inputs[0]), -1];
  for (const value of inputs) {
    const at = value === undefined ? undefined : age.get(value);
    if (at !== undefined && at > last) [youngest, last] = [value, at];
  }
  return youngest;
}

function computesTheSame(a: Node, b: Node, same: Constants): boolean {
  if (a.opType !== b.opType || a.domain !== b.domain) return false;
  if (a.inputs.length !== b.inputs.length || a.outputs.length !== b.outputs.length) return false;
  if (a.inputs.some((value, i) => value !== b.inputs[i] && same(value) !== same(b.inputs[i]))) return false;
  if (a.outputs.some((value, i) => (value === undefined) !== (b.outputs[i] === undefined))) return false;
  const names = Object.keys(a.attributes);
  if (names.length !== Object.keys(b.attributes).length) return false;
  return names.every((name) => sameAttribute(a.attributes[name], b.attributes[name]));
}

function sameAttribute(a: Attribute | undefined, b: Attribute | undefined): boolean {
  if (a === undefined || b === undefined || a.type !== b.type) return false;
  if (a.type === "tensor") return b.type === "tensor" && sameTensor(a.value, b.value);
  return Array.isArray(a.value) && Array.isArray(b.value)
    ? sameList(a.value, b.value)
    : textOf(a.value) === textOf(b.value);
}

function sameTensor(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && sameList(a.dims, b.dims) && sameList(a.data, b.data);
}

function sameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++)
    if (a[i] !== b[i] || a[i] === 0) {
      if (textOf(a[i]) !== textOf(b[i])) return false;
    }
  return true;
}

const SMALL = 64;

/** A small constant's type and contents as text. */
function contentsOf({ data }: Value): string | undefined {
  if (data === undefined || data.data.length > SMALL) return undefined;
  return `${data.dtype}[${data.dims.join()}]${Array.from(data.data as ArrayLike<unknown>, textOf).join()}`;
}

const PLAIN = new Set(["int", "float", "string", "ints", "floats", "strings", "tensor"]);

/** Attributes whose equality can be seen from their contents. */
function comparable(attributes: Node["attributes"]): boolean {
  for (const name in attributes) if (!PLAIN.has(attributes[name]?.type ?? "")) return false;
  return true;
}

/** Text that tells -0 from 0, which String does not. */
function textOf(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
