import { numbersOf, ONNX_DTYPE, type Value } from "../../ir/index.js";
import { binary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Pow(a: Value, b: Value): Value;
  }
}

/** y = aᵇ. */
export const Pow = binary({
  type: "Pow",
  since: 15,
  doc: "a to the power b under broadcasting; the exponent may be of another type.",
  mixed: true,
  f: (a, b) => a ** b,
  integer: (a, b) => Math.trunc(a ** b),
  // da = dy b a^(b − 1), db = dy y ln a. Where b is 0, da is 0 also at a = 0; where a ≤ 0, db is taken to be 0.
  grad(g, { a, b, y, dy }, needs) {
    const exponent = b.dtype === a.dtype ? b : g.Cast(b, { to: ONNX_DTYPE[a.dtype] });
    const scalar = (value: number) => g.scalar(value, a.dtype);
    const lowered = () => {
      const known = b.data?.data.length === 1 ? numbersOf(b.data)[0] : undefined;
      if (known === 2) return a;
      if (known) return g.Pow(a, scalar(known - 1));
      return g.Pow(a, g.Where(g.Equal(exponent, scalar(0)), scalar(1), g.Sub(exponent, scalar(1))));
    };
    const log = () => g.Log(g.Where(g.Greater(a, scalar(0)), a, scalar(1)));
    return {
      a: needs("a") ? g.Mul(dy, g.Mul(exponent, lowered())) : undefined,
      b: needs("b") ? g.Mul(dy, g.Mul(y, log())) : undefined,
    };
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
      inputs: { a: { dims: a, low: 0.3, high: 2 }, b },
    })),
    { inputs: { a: [2, 3], b: { dims: [], values: [2] } } },
    { inputs: { a: [2, 3], b: { dims: [1], values: [3] } } },
    { inputs: { a: [2, 3], b: { dims: [], values: [0] } } },
    { inputs: { a: { dims: [2, 3], low: 0.3, high: 2 }, b: { dims: [3], values: [-1, 0.5, 0] } } },
    { inputs: { a: [2, 3], b: { dims: [3], dtype: "int64", values: [2, 3, 1] } } },
    {
      inputs: {
        a: { dims: [4], dtype: "int32", low: -5, high: 5 },
        b: { dims: [], dtype: "int32", values: [3] },
      },
    },
  ],
});
