import { broadcastAll, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { broadcastIssue, mixedTypes } from "../elementwise.js";
import { expandRef, mapPair, ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `condition` (bool) ? x : y, under broadcasting. */
    Where(condition: Value, x: Value, y: Value): Value;
  }
}

export const Where = defineOp({
  type: "Where",
  since: 16,
  doc: "Elements of x where a condition holds, of y elsewhere, under broadcasting.",
  inputs: ["condition", "x", "y"],
  outputs: ["z"],
  elementwise: true,
  infer({ condition, x, y }) {
    const shape = broadcastAll([condition.shape, x.shape, y.shape]);
    if (shape === undefined) return broadcastIssue([condition, x, y]);
    if (condition.dtype !== "bool") {
      return issue("where_condition", {
        expected: "a bool condition",
        received: condition.dtype,
        hint: "compare it with a constant, or Cast it",
      });
    }
    return mixedTypes([x, y]) ?? { z: { dtype: x.dtype, shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ condition, x, y }) {
    const { dims } = mapPair(
      mapPair(condition, x, () => 0),
      y,
      () => 0,
    );
    const [c, p, q] = [condition, x, y].map((t) => expandRef(t, dims).data);
    return {
      z: ref(
        x.dtype,
        dims,
        Float64Array.from(c ?? [], (hit, i) => (hit !== 0 ? p : q)?.[i] ?? 0),
      ),
    };
  },
  grad(g, { condition, x }, { z: dz }, { needs }) {
    if (dz === undefined) return {};
    const zero = g.scalar(0, x.dtype);
    return {
      x: needs("x") ? g.Where(condition, dz, zero) : undefined,
      y: needs("y") ? g.Where(condition, zero, dz) : undefined,
    };
  },
  samples: [
    { inputs: { condition: { dims: [2, 3], dtype: "bool", low: 0, high: 2 }, x: [2, 3], y: [2, 3] } },
    { inputs: { condition: { dims: [3], dtype: "bool", values: [1, 0, 1] }, x: [2, 1], y: [] } },
    { inputs: { condition: { dims: [2, 1, 1], dtype: "bool", values: [1, 0] }, x: [3], y: [4, 1] } },
    { inputs: { condition: { dims: [], dtype: "bool", values: [0] }, x: [2, 3], y: [3] } },
    {
      inputs: {
        condition: { dims: [2, 3], dtype: "bool", low: 0, high: 2 },
        x: { dims: [2, 3], dtype: "int64", low: -9, high: 9 },
        y: { dims: [], dtype: "int64", values: [7] },
      },
    },
  ],
});
