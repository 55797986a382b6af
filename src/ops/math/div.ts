import type { Value } from "../../ir/index.js";
import { divideLengths } from "../contents.js";
import { binary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Div(a: Value, b: Value): Value;
  }
}

/** y = a/b; da = dy/b and db = −y dy/b. */
export const Div = binary({
  type: "Div",
  since: 14,
  doc: "Quotient of two tensors under broadcasting; integers are cut off towards zero.",
  f: (a, b) => a / b,
  // a − a mod b is a multiple of b, so this quotient is exact; the sum turns −0 into 0.
  integer: (a, b) => (a - (a % b)) / b + 0,
  lengths: divideLengths,
  grad: (g, { b, y, dy }, needs) => {
    const da = g.Div(dy, b);
    return { a: needs("a") ? da : undefined, b: needs("b") ? g.Neg(g.Mul(da, y)) : undefined };
  },
  samples: [
    ...[
      [
        [2, 3],
        [2, 3],
      ],
      [
        [2, 1, 3],
        [4, 1],
      ],
      [[3], [2, 2, 3]],
      [[2, 3], []],
    ].map(([a = [], b = []]) => ({
      inputs: { a, b: { dims: b, low: 0.5, high: 2 } },
    })),
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int32", low: -99, high: 99 },
        b: { dims: [3], dtype: "int32", values: [-7, 3, 10] },
      },
    },
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int64", low: -99, high: 99 },
        b: { dims: [3], dtype: "int64", values: [-7, 3, 10] },
      },
    },
  ],
});
