import { dim, fail } from "../../base/index.js";
import { numbersOf, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { mapRows } from "../rows.js";
import { axisAt, axisIssue, axisOf, integersOf } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Running product along `axis` (a scalar), optionally backwards, or without the element itself. */
    CumProd(x: Value, axis: Value, attrs?: { exclusive?: 0 | 1; reverse?: 0 | 1 }): Value;
  }
}

/** Running products. */
export const CumProd = defineOp({
  type: "CumProd",
  since: 26,
  doc: "Running product along an axis, forwards or backwards, with or without the element itself.",
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
    const products = (row: readonly number[]) => {
      let product = 1;
      return row.map((v) => {
        const before = product;
        product *= v;
        return exclusive === 1 ? before : product;
      });
    };
    return {
      y: mapRows(x, axisAt(axis.data[0] ?? 0, x.dims.length), (row) =>
        reverse === 1 ? products(row.toReversed()).reverse() : products(row),
      ),
    };
  },
  // dx_i = Σ_j dy_j times the other factors of y_j. A quotient would fail at zeros, so the products are made anew:
  // n³ numbers for a row of n.
  grad(g, { x, axis }, { y: dy }, { attrs: { exclusive, reverse } }) {
    if (dy === undefined) return {};
    const place = axis.data && numbersOf(axis.data)[0];
    const at = place === undefined ? undefined : axisOf(place, x.rank);
    const length = at === undefined ? undefined : x.shape[at];
    if (at === undefined || typeof length !== "number") {
      return fail("cum_prod_axis", {
        expected: "a constant axis of static length to differentiate CumProd",
        received: at === undefined ? "a computed axis" : String(length),
      });
    }
    const order = x.shape.map((_, i) => i).filter((i) => i !== at);
    const toLast = (v: Value) => g.Transpose(v, { perm: [...order, at] });
    const takes = (i: number, j: number) => {
      const [first, last] = reverse === 1 ? [j, i] : [i, j];
      return exclusive === 1 ? first < last : first <= last;
    };
    const n = length;
    const factor = new Uint8Array(n * n * n);
    const part = new Float64Array(n * n);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) {
        part[j * n + i] = takes(i, j) ? 1 : 0;
        for (let k = 0; k < n; k++) factor[(j * n + i) * n + k] = takes(k, j) && k !== i ? 1 : 0;
      }
    }
    const factors = g.constant({ dtype: "bool", dims: [n, n, n], data: factor }, "factors");
    const row = g.Unsqueeze(toLast(x), g.i64([-3, -2]));
    const others = g.ReduceProd(g.Where(factors, row, g.scalar(1, x.dtype)), g.i64([-1]), { keepdims: 0 });
    const shares = g.Mul(others, g.constant(tensor(x.dtype, [n, n], part), "parts"));
    const sum = g.Squeeze(g.MatMul(g.Unsqueeze(toLast(dy), g.i64([-2])), shares), g.i64([-2]));
    const back = x.shape.map((_, i) => (i === at ? x.rank - 1 : order.indexOf(i)));
    return { x: g.Transpose(sum, { perm: back }) };
  },
  samples: [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ].map(([exclusive, reverse]) => ({
    inputs: { x: [2, 4, 3], axis: { dims: [], dtype: "int64" as const, values: [1] } },
    attrs: { exclusive, reverse },
  })),
});
