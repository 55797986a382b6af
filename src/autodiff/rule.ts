import { type Graph, type Node, OWN_GRADIENT, type Value } from "../ir/index.js";
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
  if (rule.type !== "graph") return { targets: [] };
  const { outputs } = rule.value;
  return { targets: outputs.slice(outputs.length / 2), graph: rule.value };
}

/** The gradients that a rule gives to its targets, appended to `g`. */
export function applyRule(g: Builder, { targets, graph }: GradientRule, grad: Value): readonly Value[] {
  const [input] = graph?.inputs ?? [];
  if (graph === undefined || input === undefined) return [];
  return inline(g, graph, new Map([[input, grad]])).slice(0, targets.length);
}
