import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { counterUniform } from "../network.js";
import { defineWrapper, number } from "./define.js";
import { withGradient } from "./optimizer.js";

/** Streams of random numbers from here on belong to optimizers; a network's count from 0. */
const FIRST_STREAM = 2 ** 30;

/**
 * Standard normal numbers from a key (Box & Muller 1958): each pair of uniform numbers gives two, so half as many
 * pairs are hashed as numbers are wanted.
 */
export function counterNormal(g: Builder, key: Value, stream: number, size: number): Value {
  const half = Math.ceil(size / 2);
  // In (0, 1]: the logarithm of 0 would be infinite.
  const u = g.Sub(g.scalar(1), counterUniform(g, key, 2 * stream, [half]));
  const angle = g.Mul(counterUniform(g, key, 2 * stream + 1, [half]), g.scalar(2 * Math.PI));
  const radius = g.Sqrt(g.Mul(g.Log(u), g.scalar(-2)));
  const both = g.Concat([g.Mul(radius, g.Cos(angle)), g.Mul(radius, g.Sin(angle))], { axis: 0 });
  return 2 * half === size ? both : g.Slice(both, g.i64([0]), g.i64([size]));
}

/**
 * Annealed gradient noise (Neelakantan et al. 2015, section 3): to every number of the gradient N(0, σ²) is added, with
 * the variance σ² = η/(1 + t)^γ and t counted from 0. Put clipping around it to clip the true gradient first, as
 * the paper does: `clipNorm(gradientNoise(adam()))`.
 */
export const gradientNoise = defineWrapper({
  name: "gradient-noise",
  doc: "normal noise added to the gradient, less with every step",
  options: {
    eta: number(0.01, "η: variance of the noise in the first step", { min: 0 }),
    gamma: number(0.55, "γ: how fast the variance falls", { min: 0 }),
  },
  make(base, { eta, gamma }) {
    if (eta === 0) return base;
    return withGradient(base, "gradient-noise", (g, grad, _, { step, key, layout }) => {
      // σ = √η·(1 + t)^(−γ/2), and `step` is 1 + t.
      const sigma = g.Mul(g.Pow(step, g.scalar(-gamma / 2)), g.scalar(Math.sqrt(eta)));
      return g.Add(grad, g.Mul(counterNormal(g, key, FIRST_STREAM, layout.size), sigma));
    });
  },
});
