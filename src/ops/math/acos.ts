import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Acos(x: Value): Value;
  }
}

/** y = arccos x, y' = −1/√(1 − x²). */
export const Acos = unary({
  type: "Acos",
  since: 7,
  doc: "Inverse of the cosine, in radians from 0 to π.",
  f: Math.acos,
  grad: (g, { x, dy }) => g.Neg(g.Div(dy, g.Sqrt(g.Sub(g.scalar(1, x.dtype), g.Mul(x, x))))),
  samples: within(-0.9, 0.9),
});
