import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Number of elements as an int64 scalar. */
    Size(x: Value): Value;
  }
}

/** Number of elements. */
export const Size = defineOp({
  type: "Size",
  since: 1,
  doc: "Number of elements as an int64 scalar.",
  inputs: ["x"],
  outputs: ["y"],
  infer: () => ({ y: { dtype: "int64" as const, shape: [] } }),
  contents: ({ x }) => ({ y: [dim.size(x.shape)] }),
  cost: () => ({ flops: 0 }),
  evaluate: ({ x }) => ({ y: ref("int64", [], Float64Array.of(x.data.length)) }),
  grad: "zero",
  samples: [{ inputs: { x: [2, 3] } }, { inputs: { x: [] } }, { inputs: { x: [0, 3] } }],
});
