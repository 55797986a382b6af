import { common, defineOptimizer, flag, number } from "./define.js";
import { decayed } from "./layout.js";
import { vectorSlot } from "./optimizer.js";

/**
 * Stochastic gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form):
 * d = grad + λθ, v ← μv + (1 − τ)d, θ ← θ − lr·v, or with Nesterov θ ← θ − lr·(d + μv).
 * Departure: dampening τ also applies to the first step.
 */
export const sgd = defineOptimizer({
  name: "sgd",
  doc: "gradient descent with momentum",
  options: {
    momentum: number(0.9, "share of the last direction that a step keeps", { min: 0, below: 1 }),
    dampening: number(0, "share of the gradient that does not enter the momentum", { min: 0, below: 1 }),
    nesterov: flag(false, "look ahead along the momentum"),
    weightDecay: common.weightDecay(0),
  },
  make: ({ momentum, dampening, nesterov, weightDecay }) => ({
    slots: momentum === 0 ? [] : [vectorSlot("momentum")],
    update(g, it) {
      const decay = decayed(g, it, weightDecay);
      const d = decay === undefined ? it.grad : g.Add(it.grad, decay);
      const [old] = it.slots;
      if (old === undefined) return { theta: g.Sub(it.theta, g.Mul(d, it.learningRate)), slots: [] };
      const entering = dampening === 0 ? d : g.Mul(d, g.scalar(1 - dampening));
      const velocity = g.Add(g.Mul(old, g.scalar(momentum)), entering);
      const direction = nesterov ? g.Add(d, g.Mul(velocity, g.scalar(momentum))) : velocity;
      return { theta: g.Sub(it.theta, g.Mul(direction, it.learningRate)), slots: [velocity] };
    },
  }),
});

/** {@link sgd} in Nesterov's form. */
export const nesterov = defineOptimizer({
  name: "nesterov",
  doc: "gradient descent with Nesterov's momentum",
  options: {
    momentum: number(0.9, "share of the last direction that a step keeps", { above: 0, below: 1 }),
    weightDecay: common.weightDecay(0),
  },
  make: (options) => sgd({ ...options, nesterov: true }),
});
