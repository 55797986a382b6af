import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";
import { erf } from "./special.js";

declare module "../builder.js" {
  interface OpCalls {
    Erf(x: Value): Value;
  }
}

/** y = erf x, y' = 2/√π · exp(−x²). */
export const Erf = unary({
  type: "Erf",
  since: 13,
  doc: "Error function.",
  f: erf,
  grad: (g, { x, dy }) =>
    g.Mul(dy, g.Mul(g.scalar(2 / Math.sqrt(Math.PI), x.dtype), g.Exp(g.Neg(g.Mul(x, x))))),
});
