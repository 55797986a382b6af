import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { binary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Mod(a: Value, b: Value, attrs?: { fmod?: 0 | 1 }): Value;
  }
}

export const Mod = binary({
  type: "Mod",
  since: 13,
  doc: "Remainder: with the sign of the divisor, or, with fmod, of the dividend.",
  attributes: { fmod: attr.int(0) },
  f: (a, b, { fmod }) => remainder(a, b, fmod),
  // y = a − q b, and the quotient q = (a − y)/b is piecewise constant.
  grad: (g, { a, b, y, dy }, needs) => ({
    a: dy,
    b: needs("b") ? g.Neg(g.Mul(dy, g.Div(g.Sub(a, y), b))) : undefined,
  }),
  samples: [
    {
      inputs: {
        a: { dims: [6], values: [-5.3, -2.1, -0.4, 0.7, 3.2, 9.9], feed: true },
        b: { dims: [], values: [1.5], feed: true },
      },
      attrs: { fmod: 1 },
      grad: ["a", "b"],
    },
    {
      inputs: {
        a: { dims: [6], values: [-5.3, -2.1, -0.4, 0.7, 3.2, 9.9], feed: true },
        b: { dims: [6], values: [1.5, -1.5, 1.5, -1.5, -1.5, 2], feed: true },
      },
      attrs: { fmod: 1 },
      grad: ["a", "b"],
    },
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
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int32", low: -99, high: 99 },
        b: { dims: [3], dtype: "int32", values: [-7, 3, 10] },
      },
      attrs: { fmod: 1 },
    },
  ],
});

function remainder(a: number, b: number, fmod: number): number {
  const rest = a % b;
  // The sum turns −0 into 0.
  return fmod === 0 && rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest + 0;
}
