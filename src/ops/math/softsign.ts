import type { Value } from "../../ir/index.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Softsign(x: Value): Value;
  }
}

/** y = x/(1 + |x|), y' = 1/(1 + |x|)². */
export const Softsign = unary({
  type: "Softsign",
  since: 1,
  doc: "x divided by one plus its absolute value.",
  f: (x) => x / (1 + Math.abs(x)),
  grad: (g, { x, dy }) => {
    const scale = g.Add(g.Abs(x), g.scalar(1, x.dtype));
    return g.Div(dy, g.Mul(scale, scale));
  },
  samples: [{ inputs: { x: AROUND_ZERO }, grad: ["x"] }, { inputs: { x: [] } }, { inputs: { x: [2, 1, 3] } }],
});
