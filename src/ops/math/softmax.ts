import type { Value } from "../../ir/index.js";
import { logSoftmaxRow, rowwise } from "../rows.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axis` default −1. */
    Softmax(x: Value, attrs?: { axis?: number }): Value;
  }
}

/** y = eˣ / Σ eˣ along an axis; dx = y (dy − Σ dy y). */
export const Softmax = rowwise({
  type: "Softmax",
  since: 13,
  doc: "Exponentials along an axis, divided by their sum.",
  flops: 5,
  f: (row) => logSoftmaxRow(row).map(Math.exp),
  grad: (g, { y, dy, sum }) => g.Mul(y, g.Sub(dy, sum(g.Mul(dy, y)))),
});
