import { type Graph, type Node, subgraphsOf } from "../ir/index.js";
import { EMITTED_OPSET } from "./builder.js";
import { findOp } from "./registry.js";

/**
 * The operator set to write a graph with: the one that we emit, or, where a node (of a graph inside a node, too)
 * needs a newer one, the first that has all of them. What we emit means the same in all of these sets.
 */
export function opsetFor(graph: Graph): number {
  let needed = EMITTED_OPSET;
  for (const node of graph.nodes) {
    needed = Math.max(needed, opsetOfNode(node));
    for (const sub of subgraphsOf(node)) needed = Math.max(needed, opsetFor(sub));
  }
  return needed;
}

function opsetOfNode(node: Node): number {
  const definition = node.domain === "" ? findOp(node.opType) : undefined;
  return definition === undefined ? 0 : Math.max(definition.since, definition.sinceOf?.(node) ?? 0);
}
