import { type Attribute, type Graph, mapReads, type Node, type Value } from "../ir/index.js";

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

/** Merge nodes that compute the same thing from the same values (or equal small constants). Nodes with subgraphs are left alone. */
export function mergeCommonSubexpressions(graph: Graph): Graph {
  const ids = new Map<Value | string, number>();
  const idOf = (value: Value) => {
    // Small constants are told apart by their contents: passes make their own axes and scalars.
    const key = (graph.inputs.includes(value) ? undefined : contentsOf(value)) ?? value;
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, ids.size);
    return ids.size - 1;
  };
  const map = new Map<Value, Value>();
  const swap = (value: Value): Value => map.get(value) ?? value;
  const seen = new Map<string, Node>();
  const nodes: Node[] = [];
  const results = new Set(graph.outputs);
  for (const original of graph.nodes) {
    const node = mapReads(original, swap);
    const key =
      RANDOM.has(node.opType) || !comparable(node.attributes)
        ? undefined
        : `${node.domain}:${node.opType}(${node.inputs.map((v) => (v === undefined ? "" : idOf(v))).join()})${attributeKey(
            node.attributes,
          )}#${node.outputs.map((v) => (v === undefined ? 0 : 1)).join("")}`;
    const twin = key === undefined ? undefined : seen.get(key);
    // A graph's own outputs keep their names: they are its signature.
    if (twin !== undefined && !node.outputs.some((v) => v !== undefined && results.has(v))) {
      node.outputs.forEach((value, i) => {
        const same = twin.outputs[i];
        if (value !== undefined && same !== undefined) map.set(value, same);
      });
      continue;
    }
    if (key !== undefined) seen.set(key, node);
    nodes.push(node);
  }
  return graph.with({ nodes, outputs: graph.outputs.map(swap) });
}

const SMALL = 64;

/** A small constant's type and contents as text. */
function contentsOf({ data }: Value): string | undefined {
  if (data === undefined || data.data.length > SMALL) return undefined;
  return `${data.dtype}[${data.dims.join()}]${Array.from(data.data as ArrayLike<unknown>, textOf).join()}`;
}

/** Attributes whose equality can be seen from their text. */
function comparable(attributes: Readonly<Record<string, Attribute>>): boolean {
  const plain = ["int", "float", "string", "ints", "floats", "strings", "tensor"];
  return Object.values(attributes).every((a) => plain.includes(a.type));
}

function attributeKey(attributes: Readonly<Record<string, Attribute>>): string {
  return JSON.stringify(
    Object.entries(attributes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, a]) => {
        if (a.type === "tensor") return [name, a.value.dtype, a.value.dims, Array.from(a.value.data, textOf)];
        return [name, a.type, Array.isArray(a.value) ? a.value.map(textOf) : textOf(a.value)];
      }),
  );
}

/** Text that tells -0 from 0, which String does not. */
function textOf(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
