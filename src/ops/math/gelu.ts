import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { unary } from "../elementwise.js";
import { erf } from "./special.js";

declare module "../builder.js" {
  interface OpCalls {
    Gelu(x: Value, attrs?: { approximate?: "none" | "tanh" }): Value;
  }
}

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** Φ(x), the standard normal distribution function. */
export function normalDistribution(g: Builder, x: Value): Value {
  const t = g.Mul(x, g.scalar(Math.SQRT1_2, x.dtype));
  return g.HardSigmoid(g.Erf(t), { alpha: 0.5, beta: 0.5 });
}

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
    if (approximate === "tanh") {
      const square = g.Mul(x, x);
      // y' = (1 + t)/2 + x/2 (1 − t²) √(2/π) (1 + 3c x²)
      const t = g.Tanh(g.Mul(x, g.Add(g.Mul(square, constant(ROOT * CUBIC)), constant(ROOT))));
      const inner = g.Add(g.Mul(square, constant(3 * ROOT * CUBIC)), constant(ROOT));
      const bend = g.Mul(g.Mul(x, g.Sub(constant(1), g.Mul(t, t))), inner);
      return g.Mul(dy, g.Mul(constant(0.5), g.Add(g.Add(t, constant(1)), bend)));
    }
    // y' = Φ(x) + x φ(x), with t = x/√2: Φ = (1 + erf t)/2, which HardSigmoid is in one pass, and
    // x φ(x) = t exp(−t² − ln √π).
    const t = g.Mul(x, constant(Math.SQRT1_2));
    const slope = g.Mul(t, g.Exp(g.Sub(constant(-Math.log(Math.PI) / 2), g.Mul(t, t))));
    return g.Mul(dy, g.Add(normalDistribution(g, x), slope));
  },
  samples: [
    { inputs: { x: [2, 3] } },
    { inputs: { x: [2, 3] }, attrs: { approximate: "tanh" } },
    { inputs: { x: [] } },
  ],
});
