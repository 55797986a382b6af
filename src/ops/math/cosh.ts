import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Cosh(x: Value): Value;
  }
}

/** y = cosh x, y' = sinh x. */
export const Cosh = unary({
  type: "Cosh",
  since: 9,
  doc: "Hyperbolic cosine.",
  f: Math.cosh,
  grad: (g, { x, dy }) => g.Mul(dy, g.Sinh(x)),
});
