import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Sigmoid(x: Value): Value;
  }
}

/** y = 1/(1 + e⁻ˣ), y' = y(1 − y). */
export const Sigmoid = unary({
  type: "Sigmoid",
  since: 13,
  doc: "Logistic function.",
  f: (x) => 1 / (1 + Math.exp(-x)),
  grad: (g, { x, y, dy }) => g.Mul(dy, g.Mul(y, g.Sub(g.scalar(1, x.dtype), y))),
});
