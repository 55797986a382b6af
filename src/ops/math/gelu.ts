import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { unary } from "../elementwise.js";
import { erf } from "./special.js";

declare module "../builder.js" {
  interface OpCalls {
    Gelu(x: Value, attrs?: { approximate?: "none" | "tanh" }): Value;
  }
}

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** y = x Φ(x), Φ the standard normal distribution function (Hendrycks & Gimpel 2016, arXiv:1606.08415). */
export const Gelu = unary({
  type: "Gelu",
  since: 20,
  doc: "x times the normal distribution function, exact or by a tanh approximation.",
  attributes: { approximate: attr.string("none") },
  f: (x, { approximate }) =>
    approximate === "tanh"
      ? 0.5 * x * (1 + Math.tanh(ROOT * (x + CUBIC * x ** 3)))
      : 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  grad: (g, { x, dy }, { approximate }) => {
    const constant = (value: number) => g.scalar(value, x.dtype);
    const square = g.Mul(x, x);
    const half = constant(0.5);
    if (approximate === "tanh") {
      // y' = (1 + t)/2 + x/2 (1 − t²) √(2/π) (1 + 3c x²)
      const t = g.Tanh(g.Mul(x, g.Add(g.Mul(square, constant(ROOT * CUBIC)), constant(ROOT))));
      const inner = g.Add(g.Mul(square, constant(3 * ROOT * CUBIC)), constant(ROOT));
      const bend = g.Mul(g.Mul(x, g.Sub(constant(1), g.Mul(t, t))), inner);
      return g.Mul(dy, g.Mul(half, g.Add(g.Add(t, constant(1)), bend)));
    }
    const cdf = g.Mul(half, g.Add(g.Erf(g.Mul(x, constant(Math.SQRT1_2))), constant(1)));
    const pdf = g.Mul(g.Exp(g.Mul(square, constant(-0.5))), constant(1 / Math.sqrt(2 * Math.PI)));
    return g.Mul(dy, g.Add(cdf, g.Mul(x, pdf)));
  },
  samples: [
    { inputs: { x: [2, 3] } },
    { inputs: { x: [2, 3] }, attrs: { approximate: "tanh" } },
    { inputs: { x: [] } },
  ],
});
