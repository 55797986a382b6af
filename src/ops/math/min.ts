import type { Value } from "../../ir/index.js";
import { variadic } from "../elementwise.js";
import { shareTies } from "./share-ties.js";

declare module "../builder.js" {
  interface OpCalls {
    Min(xs: readonly Value[]): Value;
  }
}

export const Min = variadic({
  type: "Min",
  since: 13,
  doc: "Smallest element of several tensors under broadcasting; the derivative is shared among equal ones.",
  f: (values) => Math.min(...values),
  grad: shareTies,
  samples: [
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
    {
      inputs: {
        xs: [
          { dims: [2, 3], dtype: "int32", low: -9, high: 9 },
          { dims: [3], dtype: "int32", low: -9, high: 9 },
        ],
      },
    },
  ],
});
