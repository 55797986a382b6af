import type { Value } from "../../ir/index.js";
import { sameContents } from "../contents.js";
import { defineOp } from "../define.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The input itself. */
    Identity(x: Value): Value;
  }
}

/** The input itself, under another name. */
export const Identity = defineOp({
  type: "Identity",
  since: 1,
  doc: "The input itself, under another name.",
  inputs: ["x"],
  outputs: ["y"],
  elementwise: true,
  anyValue: true,
  infer: ({ x }) => ({ y: { dtype: x.dtype, shape: x.shape } }),
  contents: ({ x }) => sameContents(x),
  cost: () => ({ flops: 0 }),
  evaluate: ({ x }) => ({ y: x }),
  grad: (_, __, { y: dy }) => ({ x: dy }),
  samples: [{ inputs: { x: [2, 3] } }, { inputs: { x: { dims: [2], dtype: "int64" } } }],
});
