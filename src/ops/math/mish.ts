import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Mish(x: Value): Value;
  }
}

/** y = x t with t = tanh(ln(1 + eˣ)); y' = t + x (1 − t²) sigmoid x (Misra 2019, arXiv:1908.08681). */
export const Mish = unary({
  type: "Mish",
  since: 18,
  doc: "x times the hyperbolic tangent of its softplus.",
  f: (x) => x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  grad: (g, { x, dy }) => {
    const t = g.Tanh(g.Softplus(x));
    const bend = g.Mul(g.Mul(x, g.Sigmoid(x)), g.Sub(g.scalar(1, x.dtype), g.Mul(t, t)));
    return g.Mul(dy, g.Add(t, bend));
  },
});
