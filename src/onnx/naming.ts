import { type Graph, subgraphsOf, type Value } from "../ir/index.js";
import { Names } from "./scope.js";

/**
 * Gives every value that a graph, or a graph inside it, defines the name that a file will write: its own
 * where that is free along the chain of enclosing graphs, else a fresh one. Inputs and outputs of the
 * outermost graph choose first: their names are the model's signature.
 */
export function nameValues(graph: Graph): { names: Names; nameOf: ReadonlyMap<Value, string> } {
  const names = new Names();
  for (const value of everyValue(graph)) names.add(value.name);
  const nameOf = new Map<Value, string>();
  nameScope(graph, [], names, nameOf);
  return { names, nameOf };
}

function nameScope(
  graph: Graph,
  outer: readonly ReadonlySet<string>[],
  names: Names,
  nameOf: Map<Value, string>,
): void {
  const own = new Set<string>();
  const defined = new Set(definedBy(graph));
  const first = graph.outputs.filter((value) => defined.has(value));
  for (const value of [...graph.inputs, ...first, ...defined]) {
    if (nameOf.has(value)) continue;
    const taken = value.name === "" || own.has(value.name) || outer.some((set) => set.has(value.name));
    const name = taken ? names.fresh(value.name || "value") : value.name;
    own.add(name);
    nameOf.set(value, name);
  }
  for (const node of graph.nodes) {
    for (const sub of subgraphsOf(node)) nameScope(sub, [...outer, own], names, nameOf);
  }
}

function* definedBy(graph: Graph): Generator<Value> {
  yield* graph.inputs;
  yield* graph.initializers;
  for (const node of graph.nodes) for (const value of node.outputs) if (value !== undefined) yield value;
}

function* everyValue(graph: Graph): Generator<Value> {
  yield* definedBy(graph);
  for (const node of graph.nodes) for (const sub of subgraphsOf(node)) yield* everyValue(sub);
}
