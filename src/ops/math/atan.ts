import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Atan(x: Value): Value;
  }
}

/** y = arctan x, y' = 1/(1 + x²). */
export const Atan = unary({
  type: "Atan",
  since: 7,
  doc: "Inverse of the tangent, in radians from −π/2 to π/2.",
  f: Math.atan,
  grad: (g, { x, dy }) => g.Div(dy, g.Add(g.Mul(x, x), g.scalar(1, x.dtype))),
});
