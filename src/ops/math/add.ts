import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { binary, PAIRS } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    Add(a: Value, b: Value): Value;
  }
}

/** y = a + b; integers wrap around. */
export const Add = binary({
  type: "Add",
  since: 14,
  doc: "Sum of two tensors under broadcasting.",
  f: (a, b) => a + b,
  exact: (a, b) => a + b,
  lengths: (a, b) => dim.add(a, b),
  grad: (_, { dy }) => ({ a: dy, b: dy }),
  samples: [
    ...PAIRS,
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int32", low: -9, high: 9 },
        b: { dims: [3], dtype: "int32", low: -9, high: 9 },
      },
    },
    {
      inputs: {
        a: { dims: [2, 3], dtype: "int64", low: -9, high: 9 },
        b: { dims: [3], dtype: "int64", low: -9, high: 9 },
      },
    },
    {
      inputs: {
        a: { dims: [3], dtype: "int32", values: [2147483647, -2147483648, 1234567891] },
        b: { dims: [3], dtype: "int32", values: [5, -7, 1987654321] },
      },
    },
    {
      inputs: {
        a: { dims: [3], dtype: "uint32", values: [4294967295, 2147483649, 1234567891] },
        b: { dims: [3], dtype: "uint32", values: [4294967295, 7, 3123456789] },
      },
    },
  ],
});
