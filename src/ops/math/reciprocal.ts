import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Reciprocal(x: Value): Value;
  }
}

/** y = 1/x, y' = −y². */
export const Reciprocal = unary({
  type: "Reciprocal",
  since: 13,
  doc: "One divided by x.",
  f: (x) => 1 / x,
  grad: (g, { y, dy }) => g.Neg(g.Mul(dy, g.Mul(y, y))),
  samples: [...within(0.3, 3), ...within(-3, -0.3)],
});
