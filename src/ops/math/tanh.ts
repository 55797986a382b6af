import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Tanh(x: Value): Value;
  }
}

/** y = tanh x, y' = 1 − y². */
export const Tanh = unary({
  type: "Tanh",
  since: 13,
  doc: "Hyperbolic tangent.",
  f: Math.tanh,
  grad: (g, { x, y, dy }) => g.Mul(dy, g.Sub(g.scalar(1, x.dtype), g.Mul(y, y))),
});
