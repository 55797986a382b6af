import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Log(x: Value): Value;
  }
}

/** y = ln x, y' = 1/x. */
export const Log = unary({
  type: "Log",
  since: 13,
  doc: "Natural logarithm.",
  f: Math.log,
  grad: (g, { x, dy }) => g.Div(dy, x),
  samples: within(0.2, 3),
});
