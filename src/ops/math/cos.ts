import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Cos(x: Value): Value;
  }
}

/** y = cos x, y' = −sin x. */
export const Cos = unary({
  type: "Cos",
  since: 7,
  doc: "Cosine of an angle in radians.",
  f: Math.cos,
  grad: (g, { x, dy }) => g.Neg(g.Mul(dy, g.Sin(x))),
});
