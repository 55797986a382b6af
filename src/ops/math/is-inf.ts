import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    IsInf(x: Value, attrs?: { detect_negative?: 0 | 1; detect_positive?: 0 | 1 }): Value;
  }
}

const SPECIAL = { dims: [5], values: [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0] };

export const IsInf = unary({
  type: "IsInf",
  since: 10,
  doc: "Whether an element is infinite, of either sign or of one.",
  attributes: { detect_negative: attr.int(1), detect_positive: attr.int(1) },
  result: "bool",
  f: (x, { detect_negative, detect_positive }) =>
    Number(
      (x === Number.POSITIVE_INFINITY && detect_positive !== 0) ||
        (x === Number.NEGATIVE_INFINITY && detect_negative !== 0),
    ),
  grad: "zero",
  samples: [
    { inputs: { x: SPECIAL } },
    { inputs: { x: SPECIAL }, attrs: { detect_negative: 0 } },
    { inputs: { x: SPECIAL }, attrs: { detect_positive: 0 } },
  ],
});
