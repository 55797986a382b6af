import { dim, fail, type Shape } from "../base/index.js";
import { capturedBy, isFloat, type Node, nodeLabel, subgraphsOf, type Value } from "../ir/index.js";
import { type Builder, opOf, readAttributes } from "../ops/index.js";

const detached = new WeakSet<Value>();

/** The same value, through which no gradient flows. */
export function stopGradient(g: Builder, x: Value): Value {
  const y = g.op1("Identity", [x]);
  detached.add(y);
  return y;
}

export interface GradientOptions {
  /** Gradient of what `y` feeds into, of y's shape; ones where it is left out (y is then usually a scalar). */
  readonly seed?: Value;
}

/**
 * Reverse-mode differentiation: appends to `g` the operators that compute the gradient of `y` with respect
 * to each of `wrt`, each of the shape of its value; undefined where y does not depend on the value. Walks the
 * nodes of `g` backwards once. What it appends are ordinary nodes, so gradients can be differentiated again.
 *
 * Only the walker sums over broadcast axes and over several uses; operators' rules never do.
 */
export function gradients(
  g: Builder,
  y: Value,
  wrt: readonly Value[],
  options: GradientOptions = {},
): (Value | undefined)[] {
  const nodes = [...g.built];
  const active = dependents(nodes, wrt);
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

  if (active.has(y)) add(y, options.seed ?? onesLike(g, y));
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    if (node === undefined || !node.outputs.some((v) => v !== undefined && pending.has(v))) continue;
    if (node.outputs.some((v) => v !== undefined && detached.has(v))) continue;
    const needs = node.inputs.map((v) => v !== undefined && active.has(v) && differentiable(v));
    const inside = subgraphsOf(node).some((sub) => [...capturedBy(sub)].some((v) => active.has(v)));
    if (!needs.some(Boolean) && !inside) continue;
    const outputGrads = node.outputs.map((v) => (v === undefined ? undefined : take(v)));
    g.scope(`grad`, () => {
      propagate(g, node, nodeLabel(node, at), needs, outputGrads, add);
    });
  }
  return wrt.map(take);
}

function propagate(
  g: Builder,
  node: Node,
  label: string,
  needs: readonly boolean[],
  outputGrads: readonly (Value | undefined)[],
  add: (value: Value, grad: Value) => void,
): void {
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
  const grads = definition.grad(g, node.inputs, outputGrads, {
    attrs: readAttributes(definition.attributes, node.attributes),
    outputs: node.outputs,
    needs,
  });
  node.inputs.forEach((value, i) => {
    const grad = grads[i];
    if (value !== undefined && needs[i] === true && grad !== undefined) add(value, grad);
  });
}

/** Values that depend on one of `sources`, the sources included. */
function dependents(nodes: readonly Node[], sources: readonly Value[]): Set<Value> {
  const active = new Set<Value>(sources);
  for (const node of nodes) {
    const reads =
      node.inputs.some((v) => v !== undefined && active.has(v)) ||
      subgraphsOf(node).some((sub) => [...capturedBy(sub)].some((v) => active.has(v)));
    if (!reads) continue;
    for (const out of node.outputs) if (out !== undefined && !detached.has(out)) active.add(out);
  }
  return active;
}

function differentiable(value: Value): boolean {
  return value.type?.kind === "tensor" && isFloat(value.type.dtype);
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

/**
 * Sum a gradient over the axes along which its value was broadcast. Where two lengths are different symbols only
 * the run can tell whether the value's is 1, so there the axes are found by comparing the two shapes at run time.
 */
export function unbroadcast(g: Builder, grad: Value, value: Value): Value {
  const to = value.shape;
  if (sameShape(grad.shape, to)) return grad;
  // A rule may give less than the value's shape (one number for all): first as wide as both are.
  if (grad.rank < to.length) return unbroadcast(g, widen(g, grad, value), value);
  const lead = grad.rank - to.length;
  const leading = Array.from({ length: lead }, (_, i) => i);
  let out = lead === 0 ? grad : g.op1("ReduceSum", [grad, g.i64(leading)], { keepdims: 0 });
  const summed = to.flatMap((d, i) => (d === 1 && out.shape[i] !== 1 ? [i] : []));
  if (summed.length > 0) out = g.op1("ReduceSum", [out, g.i64(summed)], { keepdims: 1 });
  if (to.some((d, i) => typeof d === "string" && d !== out.shape[i] && out.shape[i] !== 1)) {
    out = g.op1("ReduceSum", [out, broadcastAxes(g, out, value)], { keepdims: 1, noop_with_empty_axes: 1 });
  }
  if (sameShape(out.shape, to)) return out;
  const wide = widen(g, out, value);
  // Now it has the value's shape; where inference cannot see that, it is told.
  return sameShape(wide.shape, to) ? wide : g.op1("Reshape", [wide, g.op1("Shape", [value])]);
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

function widen(g: Builder, grad: Value, value: Value): Value {
  const shape = dim.isStatic(value.shape) ? g.i64(value.shape) : g.op1("Shape", [value]);
  return g.op1("Expand", [grad, shape]);
}

/** The axes along which `value` has length 1 and `grad`, of the same rank, has not: known to the run alone. */
function broadcastAxes(g: Builder, grad: Value, value: Value): Value {
  const [wide, narrow] = [g.op1("Shape", [grad]), g.op1("Shape", [value])];
  const differ = g.op1("Not", [g.op1("Equal", [narrow, wide])]);
  const found = g.op1("And", [differ, g.op1("Equal", [narrow, g.i64(1)])]);
  return g.op1("Squeeze", [g.op1("NonZero", [found]), g.i64([0])]);
}
