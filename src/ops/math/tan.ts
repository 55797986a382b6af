import type { Value } from "../../ir/index.js";
import { unary, within } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Tan(x: Value): Value;
  }
}

/** y = tan x, y' = 1 + y². */
export const Tan = unary({
  type: "Tan",
  since: 7,
  doc: "Tangent of an angle in radians.",
  f: Math.tan,
  grad: (g, { x, y, dy }) => g.Mul(dy, g.Add(g.Mul(y, y), g.scalar(1, x.dtype))),
  samples: within(-1.2, 1.2),
});
