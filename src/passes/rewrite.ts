import { type Graph, mapReads, type Node, type Value } from "../ir/index.js";
import { Builder } from "../ops/index.js";

/**
 * What a pass does with one node: values that take the place of its outputs (in order; made with `g`), or
 * undefined to keep the node. `node` has its inputs replaced already by what earlier rewrites made.
 */
export type Rule = (node: Node, g: Builder) => readonly (Value | undefined)[] | undefined;

/**
 * Write a graph anew, node by node. New nodes stand where the replaced one stood, so order stays legal.
 * Works on one level: graphs inside nodes only see the new outer values. Follow with `prune` to drop what is no longer used.
 */
export function rewrite(graph: Graph, rule: Rule): Graph {
  const g = Builder.over(graph);
  const map = new Map<Value, Value>();
  const swap = (value: Value): Value => map.get(value) ?? value;
  for (const original of graph.nodes) {
    const node = mapReads(original, swap);
    const replaced = rule(node, g);
    if (replaced === undefined) {
      g.append(node);
      continue;
    }
    original.outputs.forEach((value, i) => {
      const now = replaced[i];
      if (value !== undefined && now !== undefined) map.set(value, swap(now));
    });
  }
  return g.finish(graph.outputs.map(swap));
}
