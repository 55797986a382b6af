import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { common, defineOptimizer, flag } from "./define.js";
import { decayed } from "./layout.js";
import { type OptimizerStep, slotsOf, vectorSlot } from "./optimizer.js";
import { biasCorrection } from "./scalars.js";

/** The numbers of Adam's moments. */
export interface Moments {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Adam's two moments after a step, and its direction as `factor · numerator / denominator`. */
export interface AdamDirection {
  /** Σ β₁^(t−i) gᵢ, which is m/(1 − β₁). */
  readonly first: Value;
  /** Σ β₂^(t−i) gᵢ², which is v/(1 − β₂). */
  readonly second: Value;
  /** m̂/(√v̂ + ε) up to `factor`. */
  readonly ratio: Value;
  /** Scalar. */
  readonly factor: Value;
  /** Largest `second` so far; AMSGrad only. */
  readonly largest?: Value;
}

/**
 * m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ). The moments are kept without their factors (1 − β), and all
 * corrections are scalars: eight passes over the vectors instead of fourteen.
 */
export function adamDirection(
  g: Builder,
  grad: Value,
  [first0, second0, largest0]: readonly [Value, Value, Value?],
  step: Value,
  { beta1, beta2, epsilon }: Moments,
): AdamDirection {
  const first = g.Add(g.Mul(first0, g.scalar(beta1)), grad);
  const second = g.Add(g.Mul(second0, g.scalar(beta2)), g.Mul(grad, grad));
  // √v̂ = √second · √((1 − β₂)/(1 − β₂ᵗ)): the second root is taken out of numerator and ε.
  const root = g.Sqrt(g.Div(biasCorrection(g, beta2, step), g.scalar(1 - beta2)));
  const factor = g.Div(g.Mul(root, g.scalar(1 - beta1)), biasCorrection(g, beta1, step));
  const largest = largest0 === undefined ? undefined : g.Max([largest0, second]);
  const denominator = g.Add(g.Sqrt(largest ?? second), g.Mul(root, g.scalar(epsilon)));
  return { first, second, ratio: g.Div(first, denominator), factor, largest };
}

const options = {
  beta1: common.beta(0.9, "decay of the mean of gradients"),
  beta2: common.beta(0.999, "decay of the mean of squared gradients"),
  epsilon: common.epsilon(1e-8),
  amsgrad: flag(false, "divide by the largest second moment so far"),
};
const moments = [vectorSlot("first_moment"), vectorSlot("second_moment")];
const slotsFor = (amsgrad: boolean) =>
  amsgrad ? [...moments, vectorSlot("largest_second_moment")] : moments;

function adamStep(g: Builder, it: OptimizerStep, grad: Value, of: Moments & { readonly amsgrad: boolean }) {
  const [first0, second0] = slotsOf(it, "first_moment", "second_moment");
  const { first, second, largest, ratio, factor } = adamDirection(
    g,
    grad,
    [first0, second0, of.amsgrad ? it.slots[2] : undefined],
    it.step,
    of,
  );
  return { ratio, factor, slots: largest === undefined ? [first, second] : [first, second, largest] };
}

/**
 * Adam (Kingma & Ba 2015): θ ← θ − lr·m̂/(√v̂ + ε). Weight decay enters the gradient, as in PyTorch's `Adam`.
 * AMSGrad: Reddi et al. 2018; the maximum is taken before bias correction, where PyTorch takes it.
 */
export const adam = defineOptimizer({
  name: "adam",
  doc: "steps scaled by running means of gradients and their squares",
  options: { ...options, weightDecay: common.weightDecay(0) },
  make: ({ weightDecay, ...of }) => ({
    slots: slotsFor(of.amsgrad),
    update(g, it) {
      const decay = decayed(g, it, weightDecay);
      const { ratio, factor, slots } = adamStep(
        g,
        it,
        decay === undefined ? it.grad : g.Add(it.grad, decay),
        of,
      );
      return { theta: g.Sub(it.theta, g.Mul(ratio, g.Mul(factor, it.learningRate))), slots };
    },
  }),
});

/**
 * AdamW (Loshchilov & Hutter 2019): Adam with bias correction, and weight decay apart from the gradient:
 * θ ← θ − lr·(m̂/(√v̂ + ε) + λθ).
 */
export const adamW = defineOptimizer({
  name: "adamw",
  doc: "Adam with weight decay apart from the gradient",
  options: { ...options, weightDecay: common.weightDecay(0.01) },
  make: ({ weightDecay, ...of }) => ({
    slots: slotsFor(of.amsgrad),
    update(g, it) {
      const { ratio, factor, slots } = adamStep(g, it, it.grad, of);
      const decay = decayed(g, it, weightDecay);
      if (decay === undefined)
        return { theta: g.Sub(it.theta, g.Mul(ratio, g.Mul(factor, it.learningRate))), slots };
      const direction = g.Add(g.Mul(ratio, factor), decay);
      return { theta: g.Sub(it.theta, g.Mul(direction, it.learningRate)), slots };
    },
  }),
});
