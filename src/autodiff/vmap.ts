import { fail } from "../base/index.js";
import { Graph, type Node, readsOf, Value as V, type Value } from "../ir/index.js";
import { type Builder, copyNode, recordedContents } from "../ops/index.js";
import { type Batched, type BatchedNode, widenBatch } from "./vmap-node.js";
import { BATCH_RULES, batchElementwise } from "./vmap-rules.js";

/** What stands for an input of a graph: a value for all, or with a new first axis a value for each. */
export type Mapped = { readonly shared: Value } | { readonly each: Value };

/**
 * A graph applied to many inputs at once: appended to `g` so that values which differ from one application to the
 * next have a new first axis. Products, convolutions, reductions and elementwise operators do all applications
 * in one call; what has no such form (control flow, gathering by indices that differ) runs in a `Scan` over them.
 * Exact in any case, and differentiable.
 *
 * @param inputs what stands for the graph's inputs; at least one is an `each`, all of those of one length
 * @throws `vmap_value` where a sequence or an optional value differs from one application to the next
 * @returns the graph's outputs, each with the new first axis
 */
export function vmap(g: Builder, graph: Graph, inputs: ReadonlyMap<Value, Mapped>): Value[] {
  const map = new Map<Value, Value>();
  const batched = new Set<Value>();
  let first: Value | undefined;
  for (const [value, given] of inputs) {
    if ("shared" in given) map.set(value, given.shared);
    else {
      map.set(value, given.each);
      batched.add(value);
      first ??= given.each;
    }
  }
  for (const value of graph.initializers) {
    if (value.data !== undefined && !map.has(value))
      map.set(value, g.root.initializer(value.name, value.data));
  }
  if (first === undefined) return graph.outputs.map((v) => map.get(v) ?? v);
  const lead = first;
  for (const node of graph.nodes) batchNode(g, node, map, batched, lead);
  return graph.outputs.map((value) => {
    const now = map.get(value) ?? value;
    return batched.has(value) ? now : widenBatch(g, now, lead);
  });
}

function batchNode(g: Builder, node: Node, map: Map<Value, Value>, batched: Set<Value>, lead: Value): void {
  if (!readsOf(node).some((v) => batched.has(v))) {
    g.append(copyNode(g, node, map));
    return;
  }
  // Sequences and optional values have no first axis to put the applications along.
  if ([...readsOf(node), ...node.outputs].some((v) => v !== undefined && v.type?.kind !== "tensor")) {
    fail("vmap_value", {
      path: node.name,
      expected: "operators of tensors",
      received: node.opType,
      hint: "split and join the tensors themselves (Split, Concat) where the graph is applied to many",
    });
  }
  const made = byRule(g, node, map, batched, lead) ?? byScan(g, node, map, batched);
  node.outputs.forEach((value, i) => {
    const now = made[i];
    if (value === undefined || now === undefined) return;
    map.set(value, now.value);
    if (now.batched) batched.add(value);
  });
}

function byRule(
  g: Builder,
  node: Node,
  map: ReadonlyMap<Value, Value>,
  batched: ReadonlySet<Value>,
  lead: Value,
): readonly Batched[] | undefined {
  const it: BatchedNode = {
    g,
    node,
    lead,
    inputs: node.inputs.map((v) => v && { value: map.get(v) ?? v, batched: batched.has(v), shape: v.shape }),
    outputs: node.outputs.map((v) => v && { shape: v.shape, contents: recordedContents(v) }),
  };
  if (node.domain !== "") return undefined;
  return (BATCH_RULES[node.opType] ?? batchElementwise)(it)?.map((made) =>
    made instanceof V ? { value: made, batched: true } : made,
  );
}

/** A node that runs for one after another. */
function byScan(
  g: Builder,
  node: Node,
  map: ReadonlyMap<Value, Value>,
  batched: ReadonlySet<Value>,
): readonly Batched[] {
  const each = [...new Set(readsOf(node).filter((v) => batched.has(v)))];
  const inner = g.inside("each");
  const inside = new Map(map);
  const slices = each.map((v) => {
    const slice = new V(inner.freshName(`${v.name}_one`), v.type);
    inside.set(v, slice);
    return slice;
  });
  inner.append(copyNode(inner, node, inside));
  const made = node.outputs.filter((v) => v !== undefined);
  const body = new Graph({
    name: inner.name,
    inputs: slices,
    outputs: made.map((v) => inside.get(v) ?? v),
    initializers: [],
    nodes: [...inner.built],
  });
  const stacks = g.op(
    "Scan",
    each.map((v) => map.get(v)),
    { body, num_scan_inputs: each.length },
  );
  let at = 0;
  return node.outputs.map((v) => {
    const value = stacks[v === undefined ? -1 : at++];
    return { value: value ?? (stacks[0] as Value), batched: true };
  });
}
