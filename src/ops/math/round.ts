import type { Value } from "../../ir/index.js";
import { unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Round(x: Value): Value;
  }
}

export const Round = unary({
  type: "Round",
  since: 11,
  doc: "Nearest whole number; halves go to the even one.",
  f: (x) => {
    const low = Math.floor(x);
    if (x - low !== 0.5) return Math.round(x);
    return low % 2 === 0 ? low : low + 1;
  },
  grad: "zero",
  samples: [
    { inputs: { x: [2, 3] } },
    { inputs: { x: { dims: [2, 5], values: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -1.2, 0.7, 3, 0] } } },
  ],
});
