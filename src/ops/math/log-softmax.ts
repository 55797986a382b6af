import type { Value } from "../../ir/index.js";
import { logSoftmaxRow, rowwise } from "../rows.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axis` default −1. */
    LogSoftmax(x: Value, attrs?: { axis?: number }): Value;
  }
}

/** y = x − ln Σ eˣ along an axis; dx = dy − eʸ Σ dy. */
export const LogSoftmax = rowwise({
  type: "LogSoftmax",
  since: 13,
  doc: "Logarithm of the softmax along an axis, without overflow.",
  flops: 5,
  f: logSoftmaxRow,
  grad: (g, { y, dy, sum }) => g.Sub(dy, g.Mul(g.Exp(y), sum(dy))),
});
