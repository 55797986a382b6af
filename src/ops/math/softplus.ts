import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Softplus(x: Value): Value;
  }
}

/** y = ln(1 + eˣ), y' = sigmoid x. */
export const Softplus = unary({
  type: "Softplus",
  since: 1,
  doc: "Smooth form of the positive part.",
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  grad: (g, { x, dy }) => g.Mul(dy, g.Sigmoid(x)),
});
