import type { Value } from "../../ir/index.js";
import { AROUND_ZERO, unary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    HardSwish(x: Value): Value;
  }
}

/** y = x min(1, max(0, x/6 + 1/2)); y' = x/3 + 1/2 between −3 and 3 (Howard et al. 2019, arXiv:1905.02244). */
export const HardSwish = unary({
  type: "HardSwish",
  since: 14,
  doc: "x times a hard sigmoid with slope 1/6.",
  flops: 5,
  f: (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
  grad: (g, { x, dy }) => {
    const constant = (value: number) => g.scalar(value, x.dtype);
    const slope = g.Add(g.Mul(x, constant(1 / 3)), constant(0.5));
    const above = g.Where(g.Less(x, constant(3)), slope, constant(1));
    return g.Mul(dy, g.Where(g.Greater(x, constant(-3)), above, constant(0)));
  },
  samples: [{ inputs: { x: AROUND_ZERO }, grad: ["x"] }, { inputs: { x: [2, 1, 3] } }],
});
