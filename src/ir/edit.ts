import { capturedBy, type Graph, type Node, subgraphsOf, type Value } from "./graph.js";

/**
 * A graph with values replaced wherever they are used (inputs of nodes, outputs of the graph, captures in
 * subgraphs). The nodes that made the old values stay; drop them with {@link prune}.
 */
export function substituteValues(graph: Graph, replacement: ReadonlyMap<Value, Value>): Graph {
  const swap = (value: Value): Value => {
    // Follow chains a -> b -> c; a cycle would be the caller's error and is cut at its start.
    let at = value;
    for (let next = replacement.get(at); next !== undefined && next !== value; next = replacement.get(at))
      at = next;
    return at;
  };
  return mapNodes(
    graph,
    (node) => ({ ...node, inputs: node.inputs.map((v) => (v === undefined ? v : swap(v))) }),
    swap,
  );
}

/** Rewrite every node, those of subgraphs included; `output` maps the values that graphs return. */
export function mapNodes(
  graph: Graph,
  rewrite: (node: Node) => Node,
  output: (value: Value) => Value = (v) => v,
): Graph {
  const nodes = graph.nodes.map((node) => {
    const mapped = rewrite(node);
    if (subgraphsOf(mapped).length === 0) return mapped;
    const attributes = Object.fromEntries(
      Object.entries(mapped.attributes).map(([name, a]) => {
        if (a.type === "graph") return [name, { ...a, value: mapNodes(a.value, rewrite, output) }];
        if (a.type === "graphs")
          return [name, { ...a, value: a.value.map((g) => mapNodes(g, rewrite, output)) }];
        return [name, a];
      }),
    );
    return { ...mapped, attributes };
  });
  return graph.with({ nodes, outputs: graph.outputs.map(output) });
}

/** A node that reads other values: as its inputs, and by the graphs inside it, which may use what is around them. */
export function mapReads(node: Node, swap: (value: Value) => Value): Node {
  let changed = false;
  for (const value of node.inputs) if (value !== undefined && swap(value) !== value) changed = true;
  const holdsGraphs = subgraphsOf(node).length > 0;
  if (!changed && !holdsGraphs) return node;
  const inputs = node.inputs.map((value) => (value === undefined ? undefined : swap(value)));
  if (!holdsGraphs) return { ...node, inputs };
  const inside = (graph: Graph): Graph => {
    if (![...capturedBy(graph)].some((value) => swap(value) !== value)) return graph;
    changed = true;
    const inner = (it: Node) => ({ ...it, inputs: it.inputs.map((v) => (v === undefined ? v : swap(v))) });
    return mapNodes(graph, inner, swap);
  };
  const attributes = Object.fromEntries(
    Object.entries(node.attributes).map(([name, a]) => {
      if (a.type === "graph") return [name, { ...a, value: inside(a.value) }];
      return a.type === "graphs" ? [name, { ...a, value: a.value.map(inside) }] : [name, a];
    }),
  );
  return changed ? { ...node, inputs, attributes } : node;
}

/** All that a node reads: its inputs, and what the graphs inside it use of the graph around them. */
export function readsOf(node: Node): Value[] {
  const inputs = node.inputs.filter((value) => value !== undefined);
  const graphs = subgraphsOf(node);
  return graphs.length === 0 ? inputs : [...inputs, ...graphs.flatMap((graph) => [...capturedBy(graph)])];
}

/** Drop nodes and initializers that no output depends on. Inputs stay: they are the graph's signature. */
export function prune(graph: Graph): Graph {
  const live = new Set<Value>(graph.outputs);
  const isLive = (value: Value | undefined) => value !== undefined && live.has(value);
  const kept: Node[] = [];
  for (let at = graph.nodes.length - 1; at >= 0; at--) {
    const node = graph.nodes[at];
    if (node === undefined || !node.outputs.some(isLive)) continue;
    kept.push(node);
    for (const value of node.inputs) if (value !== undefined) live.add(value);
    for (const sub of subgraphsOf(node)) for (const value of usedWithin(sub)) live.add(value);
  }
  const initializers = graph.initializers.filter(isLive);
  if (kept.length === graph.nodes.length && initializers.length === graph.initializers.length) return graph;
  return graph.with({ nodes: kept.reverse(), initializers });
}

/** Every value that a graph or a graph inside it reads. */
function usedWithin(graph: Graph): Set<Value> {
  const used = new Set<Value>(graph.outputs);
  for (const node of graph.nodes) {
    for (const value of node.inputs) if (value !== undefined) used.add(value);
    for (const sub of subgraphsOf(node)) for (const value of usedWithin(sub)) used.add(value);
  }
  return used;
}

/** The nodes of a graph and of all graphs inside it, depth first. */
export function* allNodes(graph: Graph): Generator<Node> {
  for (const node of graph.nodes) {
    yield node;
    for (const sub of subgraphsOf(node)) yield* allNodes(sub);
  }
}
