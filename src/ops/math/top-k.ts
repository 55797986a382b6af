import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { mapRows } from "../rows.js";
import { axisAt, axisIssue, axisOf, filledLike } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The `k` (int64 vector of one element) best along an axis: values, and their int64 indices. */
    TopK(
      x: Value,
      k: Value,
      attrs?: { axis?: number; largest?: 0 | 1; sorted?: 0 | 1 },
    ): [values: Value, indices: Value];
  }
}

/** Among equal elements those with the lower index come first. Gradients go back to where the values came from. */
export const TopK = defineOp({
  type: "TopK",
  since: 11,
  doc: "The k largest or smallest elements along an axis, with their indices.",
  inputs: ["x", "k"],
  outputs: ["values", "indices"],
  attributes: { axis: attr.int(-1), largest: attr.int(1), sorted: attr.int(1) },
  infer({ x, k }, { axis }) {
    const at = axisOf(axis, x.shape.length);
    if (at === undefined) return axisIssue(axis, x.shape.length);
    const count = lengthsIn(k)?.[0] ?? dim.unknown();
    const length = x.shape[at];
    if (typeof count === "number" && (count < 0 || (typeof length === "number" && count > length))) {
      return issue("topk_k", { expected: `k from 0 to ${length}`, received: String(count) });
    }
    const shape = x.shape.map((d, i) => (i === at ? count : d));
    return { values: { dtype: x.dtype, shape }, indices: { dtype: "int64" as const, shape } };
  },
  cost: ({ x }) => ({ flops: dim.size(x.shape) }),
  evaluate({ x, k }, { axis, largest }) {
    const at = axisAt(axis, x.dims.length);
    const count = k.data[0] ?? 0;
    const sign = largest === 0 ? 1 : -1;
    const best = (row: readonly number[]) =>
      row
        .map((_, i) => i)
        .sort((i, j) => sign * ((row[i] ?? 0) - (row[j] ?? 0)) || i - j)
        .slice(0, count);
    return {
      values: mapRows(x, at, (row) => best(row).map((i) => row[i] ?? 0), count),
      indices: mapRows(x, at, best, count, "int64"),
    };
  },
  grad(g, { x }, { values: dv }, { attrs, outputs: { indices } }) {
    if (dv === undefined) return {};
    return { x: g.ScatterElements(filledLike(g, x), indices, dv, { axis: attrs.axis }) };
  },
  samples: [
    { inputs: { x: [3, 5], k: { dims: [1], dtype: "int64", values: [2] } } },
    { inputs: { x: [3, 5], k: { dims: [1], dtype: "int64", values: [3] } }, attrs: { axis: 1, largest: 0 } },
    { inputs: { x: [2, 5, 3], k: { dims: [1], dtype: "int64", values: [2] } }, attrs: { axis: 1 } },
    { inputs: { x: [2, 5], k: { dims: [1], dtype: "int64", values: [1] } }, attrs: { axis: 0, sorted: 0 } },
    { inputs: { x: [4], k: { dims: [1], dtype: "int64", values: [4], feed: true } } },
    {
      inputs: {
        x: { dims: [6], values: [1, 3, 3, 2, 3, 1] },
        k: { dims: [1], dtype: "int64", values: [5] },
      },
    },
    {
      inputs: {
        x: { dims: [2, 6], dtype: "int64", low: -99, high: 99 },
        k: { dims: [1], dtype: "int64", values: [3] },
      },
    },
  ],
});
