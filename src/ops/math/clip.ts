import { issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { mixedTypes, perElement } from "../elementwise.js";
import { mapRef } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `min` and `max` are scalars. */
    Clip(x: Value, min?: Value | undefined, max?: Value | undefined): Value;
  }
}

/**
 * y = min(max(x, low), high). At a bound the derivative by x is taken to be 1; where the bounds are crossed
 * (low above high) all elements are `high`.
 */
export const Clip = defineOp({
  type: "Clip",
  since: 13,
  doc: "Elements held within bounds; each of them may be left out.",
  inputs: ["x", "min?", "max?"],
  outputs: ["y"],
  infer({ x, min, max }) {
    for (const bound of [min, max]) {
      if (
        bound !== undefined &&
        bound.shape.length !== 0 &&
        !(bound.shape.length === 1 && bound.shape[0] === 1)
      ) {
        return issue("clip_bound", { expected: "a scalar bound", received: `shape [${bound.shape}]` });
      }
    }
    return mixedTypes([x, min ?? x, max ?? x]) ?? { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: (_, { y }) => perElement(y, 2),
  evaluate({ x, min, max }) {
    const low = min?.data[0] ?? Number.NEGATIVE_INFINITY;
    const high = max?.data[0] ?? Number.POSITIVE_INFINITY;
    return { y: mapRef(x, (v) => Math.min(high, Math.max(low, v))) };
  },
  grad(g, { x, min, max }, { y: dy }, { outputs: { y }, needs }) {
    if (dy === undefined) return {};
    const where = (condition: Value) => g.Where(condition, dy, g.scalar(0, x.dtype));
    return {
      x: needs("x") ? where(g.Equal(x, y)) : undefined,
      min: min && needs("min") ? where(g.And(g.Less(x, min), g.Equal(y, min))) : undefined,
      max: max && needs("max") ? where(g.Greater(min ? g.Max([x, min]) : x, max)) : undefined,
    };
  },
  samples: [
    { inputs: { x: [2, 3], min: { dims: [], values: [-0.4] }, max: { dims: [], values: [0.3] } } },
    {
      inputs: {
        x: { dims: [5], values: [-3, -1.1, 0.2, 1.4, 5], feed: true },
        min: { dims: [], values: [-1], feed: true },
        max: { dims: [], values: [1], feed: true },
      },
      grad: ["x", "min", "max"],
    },
    { inputs: { x: [2, 3], min: { dims: [], values: [0] } } },
    { inputs: { x: [], min: { dims: [], values: [-0.4] }, max: { dims: [], values: [0.3] } } },
    { inputs: { x: [2, 3] } },
    { inputs: { x: [4], min: { dims: [], values: [2] }, max: { dims: [], values: [1] } } },
    {
      inputs: {
        x: { dims: [6], dtype: "int64", low: -9, high: 9 },
        min: { dims: [], dtype: "int64", values: [-2] },
        max: { dims: [], dtype: "int64", values: [3] },
      },
    },
  ],
});
