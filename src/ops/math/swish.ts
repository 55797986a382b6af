import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { SMOOTH, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Swish(x: Value, attrs?: { alpha?: number }): Value;
  }
}

/** x σ(αx) (Ramachandran et al. 2017, arXiv:1710.05941); with α = 1 also called SiLU. */
export const Swish = unary({
  type: "Swish",
  since: 24,
  doc: "x times the logistic function of alpha x; with alpha 1 also called SiLU.",
  attributes: { alpha: attr.float(1) },
  flops: 6,
  f: (x, { alpha }) => x / (1 + Math.exp(-alpha * x)),
  // With s = σ(αx): s + αx s (1 - s) = s + α (y - y s).
  grad(g, { x, y, dy }, { alpha }) {
    const s = g.Sigmoid(alpha === 1 ? x : g.Mul(x, g.scalar(alpha, x.dtype)));
    const rest = g.Sub(y, g.Mul(y, s));
    return g.Mul(dy, g.Add(s, alpha === 1 ? rest : g.Mul(rest, g.scalar(alpha, x.dtype))));
  },
  samples: [...SMOOTH, { inputs: { x: [2, 3] }, attrs: { alpha: 1.5 } }],
});
