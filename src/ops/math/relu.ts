import type { Value } from "../../ir/index.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Relu(x: Value): Value;
  }
}

/** y = max(x, 0). */
export const Relu = unary({
  type: "Relu",
  since: 14,
  doc: "Positive part; its derivative at 0 is taken to be 0.",
  f: (x) => Math.max(x, 0),
  grad: (g, { x, dy }) => g.Where(g.Greater(x, g.scalar(0, x.dtype)), dy, g.scalar(0, x.dtype)),
  samples: [{ inputs: { x: AROUND_ZERO }, grad: ["x"] }, { inputs: { x: [2, 1, 3] } }],
});
