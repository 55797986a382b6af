import { adamDirection } from "./adam.js";
import { common, defineOptimizer } from "./define.js";
import { bySegment, decayed } from "./layout.js";
import { slotsOf, vectorSlot } from "./optimizer.js";
import { normOf } from "./scalars.js";

/**
 * LAMB (You et al. 2020, algorithm 2): for each parameter tensor r = m̂/(√v̂ + ε) + λθ and
 * θ ← θ − lr·(‖θ‖/‖r‖)·r; the trust ratio is 1 where either norm is 0. φ is the identity.
 */
export const lamb = defineOptimizer({
  name: "lamb",
  doc: "AdamW with a step of each tensor in proportion to the tensor's size",
  options: {
    beta1: common.beta(0.9, "decay of the mean of gradients"),
    beta2: common.beta(0.999, "decay of the mean of squared gradients"),
    epsilon: common.epsilon(1e-6),
    weightDecay: common.weightDecay(0.01),
  },
  make: ({ weightDecay, ...moments }) => ({
    slots: [vectorSlot("first_moment"), vectorSlot("second_moment")],
    update(g, it) {
      const held = slotsOf(it, "first_moment", "second_moment");
      const { first, second, ratio, factor } = adamDirection(g, it.grad, held, it.step, moments);
      const adaptive = g.Mul(ratio, factor);
      const decay = decayed(g, it, weightDecay);
      const raw = decay === undefined ? adaptive : g.Add(adaptive, decay);
      const direction = bySegment(g, it.layout, [it.theta, raw], ([weights, step]) => {
        if (weights === undefined || step === undefined) throw new Error("unreachable: two vectors were cut");
        const [a, b] = [normOf(g, weights), normOf(g, step)];
        const trust = g.Where(g.Greater(g.Mul(a, b), g.scalar(0)), g.Div(a, b), g.scalar(1));
        return g.Mul(step, trust);
      });
      return { theta: g.Sub(it.theta, g.Mul(direction, it.learningRate)), slots: [first, second] };
    },
  }),
});
