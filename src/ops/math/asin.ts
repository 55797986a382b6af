import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Asin(x: Value): Value;
  }
}

/** y = arcsin x, y' = 1/√(1 − x²). */
export const Asin = unary({
  type: "Asin",
  since: 7,
  doc: "Inverse of the sine, in radians from −π/2 to π/2.",
  f: Math.asin,
  grad: (g, { x, dy }) => g.Div(dy, g.Sqrt(g.Sub(g.scalar(1, x.dtype), g.Mul(x, x)))),
  samples: within(-0.9, 0.9),
});
