import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Asinh(x: Value): Value;
  }
}

/** y = arsinh x, y' = 1/√(x² + 1). */
export const Asinh = unary({
  type: "Asinh",
  since: 9,
  doc: "Inverse hyperbolic sine.",
  f: Math.asinh,
  grad: (g, { x, dy }) => g.Div(dy, g.Sqrt(g.Add(g.Mul(x, x), g.scalar(1, x.dtype)))),
});
