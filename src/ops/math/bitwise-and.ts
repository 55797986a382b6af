import { isInteger, type Value } from "../../ir/index.js";
import { binary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    BitwiseAnd(a: Value, b: Value): Value;
  }
}

export const BitwiseAnd = binary({
  type: "BitwiseAnd",
  since: 18,
  doc: "Bitwise and of integers.",
  takes: isInteger,
  f: (a, b) => Number(BigInt(a) & BigInt(b)),
  exact: (a, b) => a & b,
  grad: "zero",
  samples: [
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int32", low: -99, high: 99 },
        b: { dims: [3], dtype: "int32", low: -99, high: 99 },
      },
    },
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int64", low: -99, high: 99 },
        b: { dims: [3], dtype: "int64", low: -99, high: 99 },
      },
    },
    {
      inputs: {
        a: { dims: [2, 3], dtype: "uint8", low: 0, high: 99 },
        b: { dims: [3], dtype: "uint8", low: 0, high: 99 },
      },
    },
    {
      inputs: {
        a: { dims: [2, 3], dtype: "uint32", low: 0, high: 99 },
        b: { dims: [3], dtype: "uint32", low: 0, high: 99 },
      },
    },
  ],
});
