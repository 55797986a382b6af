import { isFloat, type Node, readsOf, type Value } from "../ir/index.js";
import { findOp } from "../ops/index.js";
import { gradientRule, lostRule } from "./rule.js";

/** Whether a value can have a gradient: a tensor of floats. */
export function differentiable(value: Value): boolean {
  return value.type?.kind === "tensor" && isFloat(value.type.dtype);
}

/** What a gradient that arrives at a node's outputs can go on to; nothing, where the operator's derivative is zero. */
function sourcesOf(node: Node): readonly Value[] {
  const rule = gradientRule(node);
  if (rule !== undefined) return rule.targets;
  if (node.domain === "" && findOp(node.opType)?.grad === "zero") return [];
  return readsOf(node);
}

/** Values that depend on one of `sources` in a differentiable way, the sources included. */
export function dependents(nodes: readonly Node[], sources: Iterable<Value>): Set<Value> {
  const active = new Set<Value>(sources);
  // Where a rule was lost, nobody knows what its gradient went to: it counts as reached by all that it was made of.
  const reached = nodes.some(lostRule) ? reachedFrom(nodes, active) : active;
  for (const node of nodes) {
    const from = lostRule(node) ? reached : active;
    if (!sourcesOf(node).some((v) => from.has(v))) continue;
    for (const out of node.outputs) if (out !== undefined && differentiable(out)) active.add(out);
  }
  return active;
}

/** Values made of one of `sources` in any way. */
function reachedFrom(nodes: readonly Node[], sources: Iterable<Value>): Set<Value> {
  const reached = new Set<Value>(sources);
  for (const node of nodes) {
    if (!readsOf(node).some((v) => reached.has(v))) continue;
    for (const out of node.outputs) if (out !== undefined) reached.add(out);
  }
  return reached;
}

/** Values that one of `results` depends on in a differentiable way, the results included. */
export function influences(nodes: readonly Node[], results: Iterable<Value>): Set<Value> {
  const live = new Set<Value>(results);
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    if (node === undefined || !node.outputs.some((v) => v !== undefined && live.has(v))) continue;
    for (const v of sourcesOf(node)) if (differentiable(v)) live.add(v);
  }
  return live;
}
