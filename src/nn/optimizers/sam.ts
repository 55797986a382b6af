import { defineWrapper, number } from "./define.js";
import { wrap } from "./optimizer.js";
import { normOf } from "./scalars.js";

/**
 * Sharpness-aware minimisation (Foret et al. 2021, algorithm 1): the base optimizer gets the gradient at
 * θ + ρ·g/‖g‖, where the loss is about highest within ρ. Each step computes two gradients, of the same examples.
 * Running statistics are those of the first.
 */
export const sam = defineWrapper({
  name: "sam",
  doc: "the gradient at the worst point nearby, at twice the work",
  options: { rho: number(0.05, "ρ: distance of the point", { above: 0 }) },
  make: (base, { rho }) =>
    wrap(base, "sam", [], (g, it, inner) => {
      const scale = g.Div(g.scalar(rho), g.Add(normOf(g, it.grad), g.scalar(1e-12)));
      const { loss, grad } = it.evaluate(g, g.Add(it.theta, g.Mul(it.grad, scale)));
      const { theta, slots } = inner({ ...it, grad, loss });
      return { theta, inner: slots, own: [] };
    }),
});

/**
 * Adaptive SAM (Kwon et al. 2021, equation 10): the neighbourhood is measured in units of each weight's own size:
 * with T = |θ| + η the gradient is taken at θ + ρ·T²g/‖Tg‖. Departure: T is of single weights everywhere, where the
 * authors' code leaves biases at η alone.
 */
export const asam = defineWrapper({
  name: "asam",
  doc: "SAM with a neighbourhood in proportion to the weights",
  options: {
    rho: number(0.5, "ρ: relative distance of the point", { above: 0 }),
    eta: number(0.01, "η: size that a weight of 0 counts as", { min: 0 }),
  },
  make: (base, { rho, eta }) =>
    wrap(base, "asam", [], (g, it, inner) => {
      const size = g.Add(g.Abs(it.theta), g.scalar(eta));
      const scaled = g.Mul(it.grad, size);
      const scale = g.Div(g.scalar(rho), g.Add(normOf(g, scaled), g.scalar(1e-12)));
      const { loss, grad } = it.evaluate(g, g.Add(it.theta, g.Mul(g.Mul(scaled, size), scale)));
      const { theta, slots } = inner({ ...it, grad, loss });
      return { theta, inner: slots, own: [] };
    }),
});
