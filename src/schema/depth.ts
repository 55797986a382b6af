/** How deep a schema must at least recurse: what makes the drawing from grammars end. */
import { arms } from "./rule.js";
import type { LazyNode, Node, Rule } from "./types.js";

const known = new WeakMap<Node, number>();

/** Schemas directly below a node. */
export function childrenOf(node: Node): Node[] {
  switch (node.kind) {
    case "choice":
      return node.alternatives.flatMap((alternative) =>
        alternative.kind === "branch" ? [alternative.body] : [],
      );
    case "repeat":
      return [node.item];
    case "object":
      return node.fields.flatMap((field) => arms(field.rule));
    case "lazy":
      return [node.inner()];
    case "bind":
      return [node.inner];
    default:
      return [];
  }
}

/** All schemas that a node leads to, itself first. */
export function reachable(root: Node): Set<Node> {
  const seen = new Set<Node>([root]);
  for (const node of seen) for (const child of childrenOf(node)) seen.add(child);
  return seen;
}

/**
 * The least number of nested `s.lazy` schemas in any value of the node; Infinity where every value would be
 * endless. A lower bound where conditions are involved: a field that may be absent counts as 0.
 */
export function minDepth(node: Node): number {
  const found = known.get(node);
  if (found !== undefined) return found;
  const nodes = [...reachable(node)];
  const depth = new Map<Node, number>(nodes.map((it) => [it, Number.POSITIVE_INFINITY]));
  const of = (it: Node) => depth.get(it) ?? Number.POSITIVE_INFINITY;
  // Least fixed point: values only fall, and each pass settles at least one more level.
  for (let changed = true; changed; ) {
    changed = false;
    for (const it of nodes) {
      const next = local(it, of);
      if (next < of(it)) {
        depth.set(it, next);
        changed = true;
      }
    }
  }
  for (const [it, value] of depth) known.set(it, value);
  return of(node);
}

function local(node: Node, of: (node: Node) => number): number {
  switch (node.kind) {
    case "choice":
      return Math.min(...node.alternatives.map((it) => (it.kind === "value" ? 0 : of(it.body))));
    case "repeat":
      return node.min > 0 ? of(node.item) : 0;
    case "object":
      return Math.max(0, ...node.fields.map((field) => ruleDepth(field.rule, of)));
    case "lazy": {
      const inner = of(node.inner());
      return inner < node.maxDepth ? inner + 1 : Number.POSITIVE_INFINITY;
    }
    case "bind":
      return of(node.inner);
    default:
      return 0;
  }
}

function ruleDepth(rule: Rule, of: (node: Node) => number): number {
  if (rule.kind === "always") return of(rule.node);
  if (rule.kind === "within") return ruleDepth(rule.inner, of);
  return Math.min(ruleDepth(rule.yes, of), rule.no ? ruleDepth(rule.no, of) : 0);
}

/** Levels that remain inside a lazy node, given those that remain outside; negative: too deep. */
export function enter(node: LazyNode, left: number): number {
  return Math.min(left, node.maxDepth) - 1;
}

/** The node leads back to itself. */
export function isRecursive(root: Node): boolean {
  const done = new Set<Node>();
  const open = new Set<Node>();
  const visit = (node: Node): boolean => {
    if (open.has(node)) return true;
    if (done.has(node)) return false;
    open.add(node);
    const found = childrenOf(node).some(visit);
    open.delete(node);
    done.add(node);
    return found;
  };
  return visit(root);
}
