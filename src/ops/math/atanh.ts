import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Atanh(x: Value): Value;
  }
}

/** y = artanh x, y' = 1/(1 − x²). */
export const Atanh = unary({
  type: "Atanh",
  since: 9,
  doc: "Inverse hyperbolic tangent.",
  f: Math.atanh,
  grad: (g, { x, dy }) => g.Div(dy, g.Sub(g.scalar(1, x.dtype), g.Mul(x, x))),
  samples: within(-0.8, 0.8),
});
