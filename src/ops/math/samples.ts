import type { DType } from "../../ir/index.js";
import type { Sample } from "../define.js";

/** Two tensors of integers under broadcasting, once for each type. */
export function integerPairs(dtypes: readonly DType[], low: number, high: number): readonly Sample[] {
  return dtypes.map((dtype) => ({
    inputs: { a: { dims: [2, 3], dtype, low, high }, b: { dims: [3], dtype, low, high } },
  }));
}

/** Pairs of integers for operators on bits. */
export const BITS: readonly Sample[] = [
  ...integerPairs(["int32", "int64"], -99, 99),
  ...integerPairs(["uint8", "uint32"], 0, 99),
];

/** Integers whose sum, difference or product leaves the range of their type. */
export function overflowing(
  b: readonly [int32: readonly number[], uint32: readonly number[]],
): readonly Sample[] {
  return [
    {
      inputs: {
        a: { dims: [3], dtype: "int32", values: [2147483647, -2147483648, 1234567891] },
        b: { dims: [3], dtype: "int32", values: b[0] },
      },
    },
    {
      inputs: {
        a: { dims: [3], dtype: "uint32", values: [4294967295, 2147483649, 1234567891] },
        b: { dims: [3], dtype: "uint32", values: b[1] },
      },
    },
  ];
}

/** One tensor, and several under broadcasting. */
export const SEVERAL: readonly Sample[] = [
  { inputs: { xs: [[2, 3]] } },
  {
    inputs: {
      xs: [
        [2, 3],
        [2, 3],
      ],
    },
  },
  { inputs: { xs: [[2, 1, 3], [4, 1], []] } },
  { inputs: { xs: [[3], [2, 2, 3], [2, 1]] } },
];

/** The same, and integers. */
export const SEVERAL_OR_WHOLE: readonly Sample[] = [
  ...SEVERAL,
  {
    inputs: {
      xs: [
        { dims: [2, 3], dtype: "int32", low: -9, high: 9 },
        { dims: [3], dtype: "int32", low: -9, high: 9 },
      ],
    },
  },
];
