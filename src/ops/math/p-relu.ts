import { broadcastShapes, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { AROUND_ZERO, broadcastIssue, mixedTypes, perElement } from "../elementwise.js";
import { mapPair } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `slope` broadcasts to x. */
    PRelu(x: Value, slope: Value): Value;
  }
}

/** y = x for x ≥ 0, slope x below (He et al. 2015, arXiv:1502.01852). */
export const PRelu = defineOp({
  type: "PRelu",
  since: 16,
  doc: "Identity for positive x, a learned slope for the rest; the slope broadcasts to x.",
  inputs: ["x", "slope"],
  outputs: ["y"],
  infer({ x, slope }) {
    const shape = broadcastShapes(x.shape, slope.shape);
    if (shape === undefined) return broadcastIssue([x, slope]);
    if (shape.length !== x.shape.length || shape.some((d, i) => x.shape[i] === 1 && d !== 1)) {
      return issue("prelu_slope", { expected: "a slope that broadcasts to x", received: `[${slope.shape}]` });
    }
    return mixedTypes([x, slope]) ?? { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: (_, { y }) => perElement(y),
  evaluate: ({ x, slope }) => ({ y: mapPair(x, slope, (v, s) => (v < 0 ? s * v : v)) }),
  grad(g, { x, slope }, { y: dy }, { needs }) {
    if (dy === undefined) return {};
    const zero = g.scalar(0, x.dtype);
    const below = g.Less(x, zero);
    return {
      x: needs("x") ? g.Where(below, g.Mul(dy, slope), dy) : undefined,
      slope: needs("slope") ? g.Where(below, g.Mul(dy, x), zero) : undefined,
    };
  },
  samples: [
    { inputs: { x: AROUND_ZERO, slope: [4] }, grad: ["x", "slope"] },
    { inputs: { x: AROUND_ZERO, slope: [2, 1] }, grad: ["x", "slope"] },
    { inputs: { x: [2, 3, 4], slope: [1] } },
    { inputs: { x: [2, 3, 4, 4], slope: [3, 1, 1] } },
  ],
});
