import { issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { inversePermutation, remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Axes in another order: axis i of the result is axis `perm[i]` of `x` (reversed where no `perm` is given). */
    Transpose(x: Value, attrs?: { perm?: readonly number[] }): Value;
  }
}

/** Axes in another order. */
export const Transpose = defineOp({
  type: "Transpose",
  since: 1,
  doc: "Axes in another order: axis i of the result is axis perm[i] of the input.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { perm: attr.ints() },
  infer({ x }, { perm }) {
    const order = orderOf(perm, x.shape.length);
    if (order.length !== x.shape.length || [...order].sort((a, b) => a - b).some((p, i) => p !== i)) {
      return issue("transpose_perm", {
        expected: `a permutation of ${x.shape.length} axes`,
        received: `[${order.join(", ")}]`,
      });
    }
    return { y: { dtype: x.dtype, shape: order.map((p) => x.shape[p] ?? 1) } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { perm }) {
    const order = orderOf(perm, x.dims.length);
    const inverse = inversePermutation(order);
    const dims = order.map((p) => x.dims[p] ?? 1);
    return { y: remap(x, dims, (index) => inverse.map((at) => index[at] ?? 0)) };
  },
  grad: (g, { x }, { y: dy }, { attrs }) => ({
    x: dy && g.Transpose(dy, { perm: inversePermutation(orderOf(attrs.perm, x.rank)) }),
  }),
  samples: [
    { inputs: { x: [2, 3, 4] }, attrs: { perm: [2, 0, 1] } },
    { inputs: { x: [2, 3] } },
    { inputs: { x: [2, 3, 1, 4] }, attrs: { perm: [0, 3, 1, 2] } },
  ],
});

function orderOf(perm: readonly number[] | undefined, rank: number): readonly number[] {
  return perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
}
