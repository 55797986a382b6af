import { common, defineOptimizer } from "./define.js";
import { decayed } from "./layout.js";
import { slotsOf, vectorSlot } from "./optimizer.js";

/** Adagrad (Duchi et al. 2011): s ← s + g², θ ← θ − lr·g/(√s + ε). */
export const adagrad = defineOptimizer({
  name: "adagrad",
  doc: "gradients divided by the root of the sum of their squares so far",
  options: { epsilon: common.epsilon(1e-10), weightDecay: common.weightDecay(0) },
  make: ({ epsilon, weightDecay }) => ({
    slots: [vectorSlot("square_sum")],
    update(g, it) {
      const decay = decayed(g, it, weightDecay);
      const grad = decay === undefined ? it.grad : g.Add(it.grad, decay);
      const [old] = slotsOf(it, "square_sum");
      const sum = g.Add(old, g.Mul(grad, grad));
      const direction = g.Div(grad, g.Add(g.Sqrt(sum), g.scalar(epsilon)));
      return { theta: g.Sub(it.theta, g.Mul(direction, it.learningRate)), slots: [sum] };
    },
  }),
});
