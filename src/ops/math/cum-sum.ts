import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp, type Sample } from "../define.js";
import { wrapInteger } from "../integers.js";
import { mapRows } from "../rows.js";
import { axisAt, axisIssue, axisOf, integersOf } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axis`: an integer scalar. */
    CumSum(x: Value, axis: Value, attrs?: { exclusive?: 0 | 1; reverse?: 0 | 1 }): Value;
  }
}

/** y_i = Σ_{j ≤ i} x_j along an axis; the gradient is the same sum run the other way. */
export const CumSum = defineOp({
  type: "CumSum",
  since: 14,
  doc: "Running sum along an axis, forwards or backwards, with or without the element itself.",
  inputs: ["x", "axis"],
  outputs: ["y"],
  attributes: { exclusive: attr.int(0), reverse: attr.int(0) },
  infer({ x, axis }) {
    const [at] = integersOf(axis) ?? [];
    if (at !== undefined && axisOf(at, x.shape.length) === undefined) return axisIssue(at, x.shape.length);
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.size(x.shape) }),
  evaluate({ x, axis }, { exclusive, reverse }) {
    const running = (row: readonly number[]) => {
      let sum = 0;
      return row.map((v) => {
        const before = sum;
        sum = wrapInteger(x.dtype, sum + v);
        return exclusive === 0 ? sum : before;
      });
    };
    const both = (row: readonly number[]) =>
      reverse === 0 ? running(row) : running([...row].reverse()).reverse();
    return { y: mapRows(x, axisAt(axis.data[0] ?? 0, x.dims.length), both) };
  },
  grad: (g, { axis }, { y: dy }, { attrs: { exclusive, reverse } }) =>
    dy
      ? { x: g.CumSum(dy, axis, { exclusive: exclusive === 0 ? 0 : 1, reverse: reverse === 0 ? 1 : 0 }) }
      : {},
  samples: [
    ...([0, 1] as const).flatMap((exclusive) =>
      ([0, 1] as const).map(
        (reverse): Sample => ({
          inputs: { x: [2, 4, 3], axis: { dims: [], dtype: "int64", values: [1] } },
          attrs: { exclusive, reverse },
        }),
      ),
    ),
    { inputs: { x: [2, 4], axis: { dims: [], dtype: "int64", values: [-1] } } },
    { inputs: { x: [2, 4], axis: { dims: [], dtype: "int32", values: [0], feed: true } } },
    {
      inputs: {
        x: { dims: [2, 4], dtype: "int32", low: -9, high: 9 },
        axis: { dims: [], dtype: "int64", values: [1] },
      },
    },
  ],
});
