import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Lengths of the axes `start` to `end` (exclusive) as an int64 vector. */
    Shape(x: Value, attrs?: { start?: number; end?: number }): Value;
  }
}

/** Lengths of a tensor's axes as an int64 vector. */
export const Shape = defineOp({
  type: "Shape",
  since: 1,
  doc: "Lengths of the axes start to end (exclusive) as an int64 vector.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { start: attr.int(0), end: attr.int() },
  infer: ({ x }, { start, end }) => ({
    y: { dtype: "int64" as const, shape: [x.shape.slice(start, end).length] },
  }),
  contents: ({ x }, { start, end }) => ({ y: x.shape.slice(start, end) }),
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { start, end }) {
    // ONNX clamps as Array.prototype.slice does.
    const part = x.dims.slice(start, end);
    return { y: ref("int64", [part.length], Float64Array.from(part)) };
  },
  grad: "zero",
  samples: [
    { inputs: { x: [2, 3, 4] } },
    { inputs: { x: [2, 3, 4] }, attrs: { start: 1 } },
    { inputs: { x: [2, 3, 4] }, attrs: { start: -2, end: -1 } },
    { inputs: { x: [2, 3, 4] }, attrs: { start: 0, end: 9 } },
  ],
});
