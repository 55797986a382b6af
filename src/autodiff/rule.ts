import { fail } from "../base/index.js";
import { capturedBy, type Graph, type Node, OWN_GRADIENT, type Value } from "../ir/index.js";
import { type Builder, inline } from "../ops/index.js";

/** What a node says of its own gradient, in place of its operator. */
export interface GradientRule {
  /** Values that gradients go to. */
  readonly targets: readonly Value[];
  /** Takes the gradient of the node's output; returns those of `targets`. Absent where nothing goes on. */
  readonly graph?: Graph;
}

/**
 * The rule that stands at a node (see `OWN_GRADIENT`): `"stop"`, or a graph with the output's gradient as its input,
 * whose outputs are first the gradients and then the values that they belong to. As the values stand in a graph
 * inside the node, whatever renames or replaces values there finds them too.
 */
export function gradientRule(node: Node): GradientRule | undefined {
  const rule = node.attributes[OWN_GRADIENT];
  if (rule === undefined) return undefined;
  if (rule.type !== "graph")
    return { targets: rule.value === "stop" ? [] : node.inputs.flatMap((v) => v ?? []) };
  const { outputs } = rule.value;
  return { targets: outputs.slice(outputs.length / 2), graph: rule.value };
}

/** Whether a node had a custom gradient that its file does not hold. */
export function lostRule(node: Node): boolean {
  const rule = node.attributes[OWN_GRADIENT];
  return rule?.type === "string" && rule.value !== "stop";
}

/**
 * The gradients that a rule gives to its targets, appended to `g`. Results of the function that its rule reads are
 * those that have the rule: so the rule holds for gradients of the gradient too.
 */
export function applyRule(
  g: Builder,
  node: Node,
  grad: Value,
  resultOf: ReadonlyMap<Value, Value>,
): readonly Value[] {
  const { targets, graph } = gradientRule(node) ?? { targets: [] };
  if (graph === undefined) {
    if (targets.length === 0) return [];
    return fail("gradient_custom", {
      path: node.name,
      received: "a custom gradient that was not kept in the file",
      hint: "build the network by its own code, or keep this node out of the trained part",
    });
  }
  const [input] = graph.inputs;
  if (input === undefined) return [];
  const bindings = new Map([[input, grad]]);
  for (const value of capturedBy(graph)) {
    const result = resultOf.get(value);
    if (result !== undefined && !targets.includes(value)) bindings.set(value, result);
  }
  return inline(g, graph, bindings).slice(0, targets.length);
}

/** Results of functions with rules: from what was computed to what carries the rule. */
export function resultsWithRules(nodes: readonly Node[]): Map<Value, Value> {
  const results = new Map<Value, Value>();
  for (const node of nodes) {
    const [x] = node.inputs;
    const [y] = node.outputs;
    if (node.attributes[OWN_GRADIENT]?.type === "graph" && x !== undefined && y !== undefined)
      results.set(x, y);
  }
  return results;
}
