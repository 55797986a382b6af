import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Exp(x: Value): Value;
  }
}

/** y = eˣ, y' = y. */
export const Exp = unary({
  type: "Exp",
  since: 13,
  doc: "Exponential function.",
  f: Math.exp,
  grad: (g, { y, dy }) => g.Mul(dy, y),
});
