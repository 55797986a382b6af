import { fail } from "../base/index.js";
import { capturedBy, type Graph, type Node, nodeLabel, subgraphsOf, type Value } from "../ir/index.js";
import { type Builder, type LoopMemory, opOf, readAttributes, type Walk } from "../ops/index.js";
import { dependents, differentiable, influences } from "./flow.js";
import { applyRule, gradientRule, resultsWithRules } from "./rule.js";
import { unbroadcast, widen } from "./unbroadcast.js";

export interface GradientOptions {
  /** Gradient of what `y` feeds into, of y's shape; ones where it is left out (y is then usually a scalar). */
  readonly seed?: Value;
  /**
   * What `Loop` and `Scan` keep of their steps for the way back. `"store"` (default) keeps all that it reads, as
   * outputs stacked over the steps; `"recompute"` keeps the carried values alone and computes each step again.
   */
  readonly memory?: LoopMemory;
}

/**
 * Reverse-mode differentiation: appends to `g` the operators that compute the gradient of `y` with respect
 * to each of `wrt`, each of the shape of its value; undefined where y does not depend on the value. Walks the
 * nodes of `g` backwards once. What it appends are ordinary nodes, so gradients can be differentiated again.
 *
 * Only the walker sums over broadcast axes and over several uses; operators' rules never do.
 *
 * Errors: `gradient_none` names the node whose operator has no gradient and the way out, `gradient_unknown` a node
 * of another domain.
 */
export function gradients(
  g: Builder,
  y: Value,
  wrt: readonly Value[],
  options: GradientOptions = {},
): (Value | undefined)[] {
  return pullback(g, [[y, options.seed ?? onesLike(g, y)]], wrt, options);
}

/**
 * Vector-Jacobian product: as {@link gradients}, of several values at once whose own gradients are given, each of
 * its value's shape (or one that broadcasts to it).
 */
export function pullback(
  g: Builder,
  seeds: readonly (readonly [value: Value, grad: Value])[],
  wrt: readonly Value[],
  options: Omit<GradientOptions, "seed"> = {},
): (Value | undefined)[] {
  // A graph inside a node reads the graphs around it; gradients go on through those.
  const scopes: Builder[] = [];
  for (let scope: Builder | undefined = g; scope !== undefined; scope = scope.parent) scopes.unshift(scope);
  const nodes = scopes.flatMap((scope) => scope.built);
  return walkBack(g, nodes, seeds, wrt, options.memory ?? "store");
}

function walkBack(
  g: Builder,
  nodes: readonly Node[],
  seeds: readonly (readonly [value: Value, grad: Value])[],
  wrt: readonly Value[],
  memory: LoopMemory,
): (Value | undefined)[] {
  const active = dependents(nodes, wrt.filter(differentiable));
  const marked = resultsWithRules(nodes);
  const pending = new Map<Value, Value[]>();
  const result = new Map<Value, Value>();
  const add = (value: Value, grad: Value) => {
    const list = pending.get(value);
    const summed = unbroadcast(g, grad, value);
    if (list === undefined) pending.set(value, [summed]);
    else list.push(summed);
  };
  const take = (value: Value): Value | undefined => {
    const known = result.get(value);
    if (known !== undefined) return known;
    const list = pending.get(value);
    if (list === undefined) return undefined;
    const total = sum(g, list);
    result.set(value, total);
    return total;
  };

  for (const [value, grad] of seeds) if (active.has(value)) add(value, grad);
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    if (node === undefined || !node.outputs.some((v) => v !== undefined && pending.has(v))) continue;
    g.scope("grad", () => {
      const rule = gradientRule(node);
      const outputGrads = node.outputs.map((v) => (v === undefined ? undefined : take(v)));
      if (rule === undefined) propagate(g, node, nodeLabel(node, at), outputGrads, { active, add, memory });
      else {
        const [grad] = outputGrads;
        const grads = grad === undefined ? [] : applyRule(g, node, grad, marked);
        grads.forEach((d, i) => {
          const target = rule.targets[i];
          if (target !== undefined && active.has(target)) add(target, d);
        });
      }
    });
  }
  return g.scope("grad", () => wrt.map(take));
}

interface State {
  readonly active: ReadonlySet<Value>;
  readonly add: (value: Value, grad: Value) => void;
  readonly memory: LoopMemory;
}

function propagate(
  g: Builder,
  node: Node,
  label: string,
  outputGrads: readonly (Value | undefined)[],
  { active, add, memory }: State,
): void {
  const wanted = (value: Value | undefined) =>
    value !== undefined && active.has(value) && differentiable(value);
  const needs = node.inputs.map(wanted);
  if (!needs.some(Boolean) && !subgraphsOf(node).some((sub) => [...capturedBy(sub)].some(wanted))) return;
  if (node.domain !== "") {
    fail("gradient_unknown", {
      path: label,
      received: `${node.domain}::${node.opType}`,
      hint: "only ai.onnx operators can be differentiated; keep this node out of the trained part",
    });
  }
  const definition = opOf(node.opType);
  if (definition.grad === "zero") return;
  if (typeof definition.grad !== "function") {
    fail("gradient_none", { path: label, received: node.opType, hint: definition.grad.none });
  }
  const walk: Walk = {
    node,
    memory,
    wanted,
    dependents: (graph: Graph, sources) => dependents(graph.nodes, sources),
    influences: (graph: Graph, results) => influences(graph.nodes, results),
    pullback: (inner, seeds, wrt) => walkBack(inner, [...inner.built], seeds, wrt, memory),
    add,
  };
  const grads = definition.grad(g, node.inputs, outputGrads, {
    attrs: readAttributes(definition.attributes, node.attributes),
    outputs: node.outputs,
    needs,
    walk,
  });
  node.inputs.forEach((value, i) => {
    const grad = grads[i];
    if (value !== undefined && needs[i] === true && grad !== undefined) add(value, grad);
  });
}

function sum(g: Builder, terms: readonly Value[]): Value {
  const [first, ...rest] = terms;
  if (first === undefined) fail("internal", { expected: "a gradient to sum" });
  return rest.reduce((total, term) => g.op1("Add", [total, term]), first);
}

function onesLike(g: Builder, y: Value): Value {
  const one = g.scalar(1, y.dtype);
  return y.rank === 0 ? one : widen(g, one, y);
}
