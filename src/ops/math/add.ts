import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { binary, PAIRS } from "../elementwise.js";
import { integerPairs, overflowing } from "./samples.js";

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
    ...integerPairs(["int32", "int64"], -9, 9),
    ...overflowing([
      [5, -7, 1987654321],
      [4294967295, 7, 3123456789],
    ]),
  ],
});
