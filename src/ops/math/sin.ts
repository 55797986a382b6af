import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Sin(x: Value): Value;
  }
}

/** y = sin x, y' = cos x. */
export const Sin = unary({
  type: "Sin",
  since: 7,
  doc: "Sine of an angle in radians.",
  f: Math.sin,
  grad: (g, { x, dy }) => g.Mul(dy, g.Cos(x)),
});
