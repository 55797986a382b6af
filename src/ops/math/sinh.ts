import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Sinh(x: Value): Value;
  }
}

/** y = sinh x, y' = cosh x. */
export const Sinh = unary({
  type: "Sinh",
  since: 9,
  doc: "Hyperbolic sine.",
  f: Math.sinh,
  grad: (g, { x, dy }) => g.Mul(dy, g.Cosh(x)),
});
