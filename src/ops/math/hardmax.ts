import type { Value } from "../../ir/index.js";
import { rowwise } from "../rows.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axis` default −1. */
    Hardmax(x: Value, attrs?: { axis?: number }): Value;
  }
}

export const Hardmax = rowwise({
  type: "Hardmax",
  since: 13,
  doc: "1 at the first of the largest elements along an axis, 0 elsewhere.",
  flops: 1,
  f(row) {
    const at = row.indexOf(Math.max(...row));
    return row.map((_, i) => (i === at ? 1 : 0));
  },
  grad: "zero",
});
