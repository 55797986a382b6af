import { common, defineOptimizer } from "./define.js";
import { decayed } from "./layout.js";
import { slotsOf, vectorSlot } from "./optimizer.js";

/**
 * Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", program 1):
 * u = sign(β₁m + (1 − β₁)g), θ ← θ − lr·(u + λθ), m ← β₂m + (1 − β₂)g.
 */
export const lion = defineOptimizer({
  name: "lion",
  doc: "steps of one size in the direction of the momentum's sign",
  options: {
    beta1: common.beta(0.9, "weight of the momentum in the direction"),
    beta2: common.beta(0.99, "decay of the momentum"),
    weightDecay: common.weightDecay(0),
  },
  make: ({ beta1, beta2, weightDecay }) => ({
    slots: [vectorSlot("momentum")],
    update(g, it) {
      const [old] = slotsOf(it, "momentum");
      const blend = (beta: number) => g.Add(g.Mul(old, g.scalar(beta)), g.Mul(it.grad, g.scalar(1 - beta)));
      const sign = g.Sign(blend(beta1));
      const decay = decayed(g, it, weightDecay);
      const direction = decay === undefined ? sign : g.Add(sign, decay);
      return { theta: g.Sub(it.theta, g.Mul(direction, it.learningRate)), slots: [blend(beta2)] };
    },
  }),
});
