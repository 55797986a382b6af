import { capturedBy, type Graph, mapReads, type Node, subgraphsOf, type Value } from "../ir/index.js";
import { Builder, type Names } from "../ops/index.js";

/**
 * What a pass does with one node: values that take the place of its outputs (in order; made with `g`), or
 * undefined to keep the node. `node` has its inputs replaced already by what earlier rewrites made.
 */
export type Rule = (node: Node, g: Builder) => readonly (Value | undefined)[] | undefined;

/**
 * Write a graph anew, node by node. New nodes stand where the replaced one stood, so order stays legal. The graph itself
 * where nothing was replaced. Works on one level: graphs inside nodes only see the new outer values. Follow with `prune`
 * to drop what is no longer used.
 *
 * @param names of the graph and of what it was before: given by those who apply several passes, so that names are read once
 */
export function rewrite(graph: Graph, rule: Rule, names?: Names): Graph {
  const g = Builder.over(graph, undefined, names);
  const map = new Map<Value, Value>();
  const swap = (value: Value): Value => map.get(value) ?? value;
  let changed = false;
  for (const original of graph.nodes) {
    const node = changed ? mapReads(original, swap) : original;
    const replaced = rule(node, g);
    if (replaced === undefined) {
      g.append(node);
      continue;
    }
    changed = true;
    original.outputs.forEach((value, i) => {
      const now = replaced[i];
      if (value !== undefined && now !== undefined) map.set(value, swap(now));
    });
  }
  return changed ? g.finish(graph.outputs.map(swap)) : graph;
}

/** How often each value is read, by nodes and as a result of the graph. */
export function countUses(graph: Graph): ReadonlyMap<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of graph.nodes) {
    for (const v of node.inputs) if (v !== undefined) count(v);
    for (const sub of subgraphsOf(node)) for (const v of capturedBy(sub)) count(v);
  }
  graph.outputs.forEach(count);
  return uses;
}

/** The nodes that read each value; graphs inside nodes count as the node. */
export function consumersOf(graph: Graph): ReadonlyMap<Value, readonly Node[]> {
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    const read = [...node.inputs, ...subgraphsOf(node).flatMap((sub) => [...capturedBy(sub)])];
    for (const v of new Set(read)) {
      const known = v && consumers.get(v);
      if (known !== undefined) known.push(node);
      else if (v !== undefined) consumers.set(v, [node]);
    }
  }
  return consumers;
}

/** The node that makes each value. */
export function producersOf(graph: Graph): ReadonlyMap<Value, Node> {
  const made = graph.nodes.flatMap((node) => node.outputs.map((v) => [v, node] as const));
  return new Map(made.filter((entry): entry is readonly [Value, Node] => entry[0] !== undefined));
}
