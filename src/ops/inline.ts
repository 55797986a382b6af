import { type Attribute, Graph, type Node, subgraphsOf, Value } from "../ir/index.js";
import type { Builder } from "./builder.js";
import { recordContents, recordedContents } from "./contents.js";

/**
 * Append the nodes of a graph to a builder, with the graph's inputs replaced by values of the builder.
 * Initializers move to the outermost graph. Values get fresh names where theirs are taken, those of graphs inside
 * the nodes too: what is appended shares no value with the graph that it came from.
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
  for (const node of graph.nodes) g.append(copyNode(g, node, map));
  return graph.outputs.map((value) => map.get(value) ?? value);
}

/** A node with outputs of its own, which `map` learns; it reads what `map` says. */
export function copyNode(g: Builder, node: Node, map: Map<Value, Value>): Node {
  const inputs = node.inputs.map((value) => (value === undefined ? undefined : (map.get(value) ?? value)));
  const attributes = subgraphsOf(node).length === 0 ? node.attributes : copyGraphs(g, node.attributes, map);
  const name = node.name === "" ? "" : g.freshName(node.name);
  const outputs = node.outputs.map((value) =>
    value === undefined ? undefined : copyValue(g, value, map, value.name === node.name ? name : undefined),
  );
  const copy = { opType: node.opType, domain: node.domain, name, inputs, outputs, attributes };
  return node.extra === undefined ? copy : { ...copy, extra: node.extra };
}

function copyGraphs(g: Builder, attributes: Node["attributes"], map: ReadonlyMap<Value, Value>) {
  const copied = Object.entries(attributes).map(([key, a]): [string, Attribute] => {
    if (a.type === "graph") return [key, { ...a, value: copyGraph(g, a.value, map) }];
    return [key, a.type === "graphs" ? { ...a, value: a.value.map((sub) => copyGraph(g, sub, map)) } : a];
  });
  return Object.fromEntries(copied);
}

/** A graph inside a node, copied with all that it makes. */
function copyGraph(g: Builder, graph: Graph, outer: ReadonlyMap<Value, Value>): Graph {
  const map = new Map(outer);
  const own = (value: Value) => map.get(value) ?? copyValue(g, value, map);
  const [inputs, initializers] = [graph.inputs.map(own), graph.initializers.map(own)];
  const nodes = graph.nodes.map((node) => copyNode(g, node, map));
  const outputs = graph.outputs.map((value) => map.get(value) ?? value);
  return new Graph({ ...graph, inputs, initializers, nodes, outputs });
}

function copyValue(g: Builder, value: Value, map: Map<Value, Value>, name = g.freshName(value.name)): Value {
  const copy = new Value(name, value.type, value.data, value.extra);
  recordContents(copy, recordedContents(value));
  map.set(value, copy);
  return copy;
}

/** True where a graph holds graphs in its nodes. */
export function hasSubgraphs(graph: Graph): boolean {
  return graph.nodes.some((node) => subgraphsOf(node).length > 0);
}
