import { invalid } from "./problems.js";
import type { GraphProto, NodeProto } from "./schema.gen.js";

/**
 * The nodes in an order in which each comes after those it reads from; the order of the file where it is
 * legal. `given` are the names known before the first node. Fails where nodes wait for each other.
 */
export function inOrder(
  nodes: readonly NodeProto[],
  given: ReadonlySet<string>,
  path: string,
): readonly NodeProto[] {
  const producers = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of node.output) {
      if (name !== "" && !given.has(name) && !producers.has(name)) producers.set(name, i);
    }
  });
  const needs = nodes.map((node) => {
    const from = new Set<number>();
    for (const name of readsOf(node)) {
      const producer = producers.get(name);
      if (producer !== undefined) from.add(producer);
    }
    return from;
  });
  if (needs.every((from, i) => [...from].every((p) => p < i))) return nodes;
  return sorted(nodes, needs, path);
}

/** Depth first from each node in file order, without recursion. */
function sorted(
  nodes: readonly NodeProto[],
  needs: readonly ReadonlySet<number>[],
  path: string,
): NodeProto[] {
  const order: NodeProto[] = [];
  const state = new Uint8Array(nodes.length);
  const [open, done] = [1, 2];
  for (let root = 0; root < nodes.length; root++) {
    const stack: { node: number; rest: number[] }[] = [];
    const enter = (node: number) => {
      state[node] = open;
      stack.push({ node, rest: [...(needs[node] ?? [])].sort((a, b) => b - a) });
    };
    if (state[root] !== done) enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.pop();
      if (next === undefined) {
        state[top.node] = done;
        const node = nodes[top.node];
        if (node !== undefined) order.push(node);
        stack.pop();
      } else if (state[next] === open) {
        const cycle = stack
          .slice(stack.findIndex((s) => s.node === next))
          .map((s) => labelOf(nodes[s.node], s.node));
        invalid(path, `nodes that wait for each other: ${cycle.slice(0, 5).join(", ")}`);
      } else if (state[next] !== done) enter(next);
    }
  }
  return order;
}

/** How a node is called in messages: its name, or its operator and position. */
export function labelOf(node: NodeProto | undefined, at: number): string {
  return node?.name || `${node?.opType || "node"}_${at}`;
}

/** Names that a node reads: its inputs and what the graphs in its attributes take from around them. */
function* readsOf(node: NodeProto): Generator<string> {
  for (const name of node.input) if (name !== "") yield name;
  for (const a of node.attribute) {
    if (a.g) yield* freeIn(a.g);
    for (const g of a.graphs) yield* freeIn(g);
  }
}

/** Names that a graph uses without defining them. */
function freeIn(graph: GraphProto): Set<string> {
  const own = new Set<string>();
  for (const name of namesOf(graph)) own.add(name);
  const free = new Set<string>();
  for (const node of graph.node) for (const name of readsOf(node)) if (!own.has(name)) free.add(name);
  for (const { name } of graph.output) if (!own.has(name)) free.add(name);
  return free;
}

/** Names that a graph itself defines. */
export function* namesOf(graph: GraphProto): Generator<string> {
  for (const { name } of graph.input) yield name;
  for (const { name } of graph.initializer) yield name;
  for (const { values } of graph.sparseInitializer) if (values) yield values.name;
  for (const node of graph.node) for (const name of node.output) if (name !== "") yield name;
}

/** Names of values and nodes that a graph and all graphs inside it define. */
export function* allNamesOf(graph: GraphProto): Generator<string> {
  yield* namesOf(graph);
  for (const node of graph.node) {
    for (const a of node.attribute) {
      if (a.g) yield* allNamesOf(a.g);
      for (const g of a.graphs) yield* allNamesOf(g);
    }
  }
}
