import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Upper (or, with `upper: 0`, lower) triangle of the last two axes from diagonal `k` on; zeros elsewhere. */
    Trilu(x: Value, k?: Value, attrs?: { upper?: 0 | 1 }): Value;
    Trilu(x: Value, attrs: { upper?: 0 | 1 }): Value;
  }
}

/** A triangle of the last two axes. */
export const Trilu = defineOp({
  type: "Trilu",
  since: 14,
  doc: "Upper or lower triangle of the last two axes; zeros elsewhere.",
  inputs: ["x", "k?"],
  outputs: ["y"],
  attributes: { upper: attr.int(1) },
  infer({ x }) {
    if (x.shape.length < 2) {
      return issue("trilu_rank", { expected: "rank 2 or more", received: dim.format(x.shape) });
    }
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, k }, { upper }) {
    const shift = k?.data[0] ?? 0;
    return {
      y: remap(x, x.dims, (index) => {
        const above = (index.at(-1) ?? 0) - (index.at(-2) ?? 0) - shift;
        return (upper === 1 ? above >= 0 : above <= 0) ? index : undefined;
      }),
    };
  },
  grad: (g, { k }, { y: dy }, { attrs }) => ({
    x: dy && g.Trilu(dy, k, { upper: attrs.upper === 1 ? 1 : 0 }),
  }),
  samples: [
    { inputs: { x: [3, 4] } },
    { inputs: { x: [2, 4, 3] }, attrs: { upper: 0 } },
    { inputs: { x: [4, 4], k: { dims: [], dtype: "int64", values: [1] } } },
    { inputs: { x: [4, 4], k: { dims: [], dtype: "int64", values: [-2] } }, attrs: { upper: 0 } },
  ],
});
