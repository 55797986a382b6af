import type { Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";

/** What an optimizer sees in one step. All vectors hold every parameter, one after the other. */
export interface OptimizerStep {
  readonly theta: Value;
  readonly grad: Value;
  /** The optimizer's own vectors, each as long as theta; zeros at the start. */
  readonly slots: readonly Value[];
  /** Scalar. */
  readonly learningRate: Value;
  /** Scalar, 1 in the first step. */
  readonly step: Value;
  /** 1 where weight decay applies, 0 elsewhere. */
  readonly decayMask: Value;
}

/** A rule of descent as operators over flat vectors: one operator a step, not one a parameter. */
export interface Optimizer {
  readonly name: string;
  readonly slots: number;
  update(g: Builder, it: OptimizerStep): { readonly theta: Value; readonly slots: readonly Value[] };
}

/**
 * Stochastic gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form):
 * d = grad + λθ, v ← μv + d, θ ← θ − lr·v, or with Nesterov θ ← θ − lr·(d + μv).
 */
export function sgd(
  options: { readonly momentum?: number; readonly nesterov?: boolean; readonly weightDecay?: number } = {},
): Optimizer {
  const { momentum = 0.9, nesterov = false, weightDecay = 0 } = options;
  return {
    name: "sgd",
    slots: momentum === 0 ? 0 : 1,
    update(g, { theta, grad, slots, learningRate, decayMask }) {
      let d = grad;
      if (weightDecay !== 0) d = g.Add(d, g.Mul(g.Mul(theta, decayMask), g.scalar(weightDecay)));
      const [old] = slots;
      if (old === undefined) return { theta: g.Sub(theta, g.Mul(d, learningRate)), slots: [] };
      const velocity = g.Add(g.Mul(old, g.scalar(momentum)), d);
      const direction = nesterov ? g.Add(d, g.Mul(velocity, g.scalar(momentum))) : velocity;
      return { theta: g.Sub(theta, g.Mul(direction, learningRate)), slots: [velocity] };
    },
  };
}

/**
 * AdamW (Loshchilov & Hutter 2019): Adam with bias correction, and weight decay apart from the gradient:
 * θ ← θ − lr·(m̂/(√v̂ + ε) + λθ).
 */
export function adamW(
  options: {
    readonly beta1?: number;
    readonly beta2?: number;
    readonly epsilon?: number;
    readonly weightDecay?: number;
  } = {},
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  return {
    name: "adamw",
    slots: 2,
    update(g, { theta, grad, slots, learningRate, step, decayMask }) {
      const [m0, v0] = slots;
      if (m0 === undefined || v0 === undefined) throw new Error("adamw needs two slots");
      const one = g.scalar(1);
      const m = g.Add(g.Mul(m0, g.scalar(beta1)), g.Mul(grad, g.scalar(1 - beta1)));
      const v = g.Add(g.Mul(v0, g.scalar(beta2)), g.Mul(g.Mul(grad, grad), g.scalar(1 - beta2)));
      const mHat = g.Div(m, g.Sub(one, g.Pow(g.scalar(beta1), step)));
      const vHat = g.Div(v, g.Sub(one, g.Pow(g.scalar(beta2), step)));
      let direction = g.Div(mHat, g.Add(g.Sqrt(vHat), g.scalar(epsilon)));
      if (weightDecay !== 0)
        direction = g.Add(direction, g.Mul(g.Mul(theta, decayMask), g.scalar(weightDecay)));
      return { theta: g.Sub(theta, g.Mul(direction, learningRate)), slots: [m, v] };
    },
  };
}

/** The gradient scaled down to a Euclidean norm of at most `norm` (Pascanu et al. 2013). */
export function clipByNorm(g: Builder, grad: Value, norm: number): Value {
  const length = g.Sqrt(g.ReduceSum(g.Mul(grad, grad), undefined, { keepdims: 0 }));
  return g.Mul(grad, g.Min([g.scalar(1), g.Div(g.scalar(norm), g.Add(length, g.scalar(1e-6)))]));
}
