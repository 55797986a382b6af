import { capturedBy, type Graph, mapNodes, type Node, subgraphsOf, Value } from "../ir/index.js";
import type { Builder } from "./builder.js";

/**
 * Append the nodes of a graph to a builder, with the graph's inputs replaced by values of the builder.
 * Initializers move to the outermost graph. Values get fresh names where theirs are taken.
 *
 * @param bindings the graph's inputs (and, where wanted, initializers) by what stands for them
 * @returns what the graph's outputs became
 */
export function inline(g: Builder, graph: Graph, bindings: ReadonlyMap<Value, Value>): Value[] {
  const map = new Map(bindings);
  for (const value of graph.initializers) {
    if (map.has(value) || value.data === undefined) continue;
    map.set(value, g.root.initializer(value.name, value.data));
  }
  const swap = (value: Value): Value => map.get(value) ?? value;
  for (const node of graph.nodes) {
    const outputs = node.outputs.map((value) => {
      if (value === undefined) return undefined;
      const copy = new Value(g.freshName(value.name), value.type, value.data, value.extra);
      map.set(value, copy);
      return copy;
    });
    const copied: Node = {
      ...node,
      name: node.name === "" ? "" : g.freshName(node.name),
      inputs: node.inputs.map((value) => (value === undefined ? undefined : swap(value))),
      outputs,
      attributes: Object.fromEntries(
        Object.entries(node.attributes).map(([key, a]) => [
          key,
          a.type === "graph" ? { ...a, value: rebind(a.value, map) } : a,
        ]),
      ),
    };
    g.append(copied);
  }
  return graph.outputs.map(swap);
}

/** A subgraph whose captured values are replaced. */
function rebind(graph: Graph, map: ReadonlyMap<Value, Value>): Graph {
  if (![...capturedBy(graph)].some((v) => map.has(v))) return graph;
  const swap = (value: Value): Value => map.get(value) ?? value;
  return mapNodes(
    graph,
    (node) => ({ ...node, inputs: node.inputs.map((v) => (v === undefined ? v : swap(v))) }),
    swap,
  );
}

/** True where a graph holds graphs in its nodes. */
export function hasSubgraphs(graph: Graph): boolean {
  return graph.nodes.some((node) => subgraphsOf(node).length > 0);
}
