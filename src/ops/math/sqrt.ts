import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Sqrt(x: Value): Value;
  }
}

/** y = √x, y' = 1/(2y). */
export const Sqrt = unary({
  type: "Sqrt",
  since: 13,
  doc: "Square root.",
  f: Math.sqrt,
  grad: (g, { x, y, dy }) => g.Div(g.Mul(dy, g.scalar(0.5, x.dtype)), y),
  samples: within(0.2, 3),
});
