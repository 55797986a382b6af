import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Acosh(x: Value): Value;
  }
}

/** y = arcosh x, y' = 1/√(x² − 1). */
export const Acosh = unary({
  type: "Acosh",
  since: 9,
  doc: "Inverse hyperbolic cosine.",
  f: Math.acosh,
  grad: (g, { x, dy }) => g.Div(dy, g.Sqrt(g.Sub(g.Mul(x, x), g.scalar(1, x.dtype)))),
  samples: within(1.2, 4),
});
