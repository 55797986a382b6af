import { allNodes, type Graph, mapNodes, OWN_GRADIENT, prune } from "../ir/index.js";

/**
 * Drop what nodes say of their own gradients (`stopGradient`, `customGradient`), in graphs inside nodes too, and what
 * only those needed: for graphs that will not be differentiated any more.
 */
export function dropGradientRules(graph: Graph): Graph {
  if (!hasRules(graph)) return prune(graph);
  const plain = mapNodes(graph, (node) => {
    if (node.attributes[OWN_GRADIENT] === undefined) return node;
    const { [OWN_GRADIENT]: _, ...attributes } = node.attributes;
    return { ...node, attributes };
  });
  return prune(plain);
}

function hasRules(graph: Graph): boolean {
  for (const node of allNodes(graph)) if (node.attributes[OWN_GRADIENT] !== undefined) return true;
  return false;
}
