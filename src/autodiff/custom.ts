import { fail } from "../base/index.js";
import { type Attribute, Graph, OWN_GRADIENT, Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { differentiable } from "./flow.js";

/** What a custom gradient is made of. */
export interface CustomContext {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Gradient of each output; undefined where none arrives. */
  readonly grads: readonly (Value | undefined)[];
}

/** Gradient of each input, of its shape or one that broadcasts or sums to it; undefined where nothing flows. */
export type CustomBackward = (g: Builder, context: CustomContext) => readonly (Value | undefined)[];

/**
 * The same value, through which no gradient flows. The mark stands at the node itself, so that it holds inside
 * loops, after inlining and through passes; it costs nothing at run time.
 */
export function stopGradient(g: Builder, x: Value): Value {
  return marked(g, x, { type: "string", value: "stop" });
}

/**
 * A function with a gradient of its own: `forward` is computed, `backward` says the gradients of `inputs`. It must be
 * linear in the gradients that arrive: it is asked once for each output, with the gradients of the others undefined,
 * and the answers are summed. What it appends may be differentiated again; results that it reads then have this same
 * gradient. Nothing else flows into `forward`, not even to values that it takes from elsewhere.
 *
 * Holds inside graphs of `Loop`, `Scan` and `If`, after inlining and through passes. ONNX files keep the function and
 * a note that its gradient was another.
 */
export function customGradient(
  g: Builder,
  inputs: readonly Value[],
  forward: (g: Builder, ...inputs: Value[]) => Value | readonly Value[],
  backward: CustomBackward,
): Value[] {
  const made = forward(g, ...inputs);
  const given = new Set(inputs);
  const results = (made instanceof Value ? [made] : [...made]).map((y) =>
    given.has(y) ? g.op1("Identity", [y]) : y,
  );
  return results.map((y, at) => {
    if (!differentiable(y)) return y;
    const inner = g.inside("gradient");
    const grad = inner.input(`${inner.path}dy`, y.dtype, y.shape);
    const grads = backward(inner, {
      inputs,
      outputs: results,
      grads: results.map((_, i) => (i === at ? grad : undefined)),
    });
    if (grads.length > inputs.length) {
      fail("gradient_count", {
        path: y.name,
        expected: `a gradient (or undefined) for each of ${inputs.length} inputs`,
        received: `${grads.length}`,
      });
    }
    const pairs = grads.flatMap((d, i) => {
      const x = inputs[i];
      return d === undefined || x === undefined || !differentiable(x) ? [] : [[d, x] as const];
    });
    const rule = inner.finish([]);
    const outputs = [...pairs.map(([d]) => d), ...pairs.map(([, x]) => x)];
    return marked(g, y, { type: "graph", value: new Graph({ ...rule, outputs }) });
  });
}

/**
 * `hard` with the gradient of `soft`, of the same shape: the straight-through estimator (Bengio et al. 2013,
 * arXiv:1308.3432, section 4) where `soft` is what was rounded; any other surrogate otherwise.
 */
export function straightThrough(g: Builder, hard: Value, soft: Value): Value {
  const [y] = customGradient(
    g,
    [soft],
    () => (hard === soft ? g.op1("Identity", [hard]) : hard),
    (_, { grads }) => grads,
  );
  return y ?? hard;
}

function marked(g: Builder, x: Value, rule: Attribute): Value {
  const y = new Value(g.freshName(`${g.path}marked`), x.type);
  g.append({
    opType: "Identity",
    domain: "",
    name: g.freshName(`${g.path}Identity`),
    inputs: [x],
    outputs: [y],
    attributes: { [OWN_GRADIENT]: rule },
  });
  return y;
}
