import { ONNX_DTYPE, type Value } from "../../ir/index.js";
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
  // Where y is positive; so nobody needs to keep x.
  grad: (g, { y, dy }) => g.Mul(dy, g.Cast(g.Greater(y, g.scalar(0, y.dtype)), { to: ONNX_DTYPE[y.dtype] })),
  samples: [{ inputs: { x: AROUND_ZERO }, grad: ["x"] }, { inputs: { x: [2, 1, 3] } }],
});
