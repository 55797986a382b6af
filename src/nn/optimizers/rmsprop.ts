import { common, defineOptimizer, flag, number } from "./define.js";
import { decayed } from "./layout.js";
import { slotsOf, vectorSlot } from "./optimizer.js";

/**
 * RMSProp (Tieleman & Hinton 2012, in PyTorch's form): v ← αv + (1 − α)g², u = g/(√v + ε), and with momentum
 * b ← μb + u, θ ← θ − lr·b. Centred (Graves 2013): v − (mean of g)² in place of v. `inside`: the root of v + ε, which
 * tempers small gradients much more at the ε of 1e-3 that recipes made for TensorFlow have.
 */
export const rmsprop = defineOptimizer({
  name: "rmsprop",
  doc: "gradients divided by their running root mean square",
  options: {
    alpha: common.beta(0.99, "decay of the mean of squared gradients"),
    epsilon: common.epsilon(1e-8),
    momentum: number(0, "share of the last direction that a step keeps", { min: 0, below: 1 }),
    centered: flag(false, "divide by the deviation from the mean gradient"),
    inside: flag(false, "ε under the root, as TensorFlow has it: u = g/√(v + ε)"),
    weightDecay: common.weightDecay(0),
  },
  make: ({ alpha, epsilon, momentum, centered, inside, weightDecay }) => ({
    slots: [
      vectorSlot("square_mean"),
      ...(centered ? [vectorSlot("mean")] : []),
      ...(momentum > 0 ? [vectorSlot("momentum")] : []),
    ],
    update(g, it) {
      const decay = decayed(g, it, weightDecay);
      const grad = decay === undefined ? it.grad : g.Add(it.grad, decay);
      const [square0] = slotsOf(it, "square_mean");
      const [keep, add] = [g.scalar(alpha), g.scalar(1 - alpha)];
      const square = g.Add(g.Mul(square0, keep), g.Mul(g.Mul(grad, grad), add));
      const slots = [square];
      let spread = square;
      if (centered) {
        const [, mean0] = slotsOf(it, "square_mean", "mean");
        const mean = g.Add(g.Mul(mean0, keep), g.Mul(grad, add));
        slots.push(mean);
        // Rounding may leave a tiny negative number.
        spread = g.Max([g.Sub(square, g.Mul(mean, mean)), g.scalar(0)]);
      }
      const small = g.scalar(epsilon);
      const scaled = g.Div(grad, inside ? g.Sqrt(g.Add(spread, small)) : g.Add(g.Sqrt(spread), small));
      const old = momentum > 0 ? it.slots.at(-1) : undefined;
      const direction = old === undefined ? scaled : g.Add(g.Mul(old, g.scalar(momentum)), scaled);
      if (old !== undefined) slots.push(direction);
      return { theta: g.Sub(it.theta, g.Mul(direction, it.learningRate)), slots };
    },
  }),
});
