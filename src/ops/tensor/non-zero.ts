import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { eachIndex, ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Places of the elements that are not zero, as int64 [rank, count] in row-major order. */
    NonZero(x: Value): Value;
  }
}

/** Places of the elements that are not zero. */
export const NonZero = defineOp({
  type: "NonZero",
  since: 9,
  doc: "Places of the elements that are not zero, one column each.",
  inputs: ["x"],
  outputs: ["y"],
  infer: ({ x }) => ({ y: { dtype: "int64" as const, shape: [x.shape.length, dim.unknown()] } }),
  cost: () => ({ flops: 0 }),
  evaluate({ x }) {
    const columns: number[][] = [];
    eachIndex(x.dims, (index, flat) => {
      if (x.data[flat] !== 0) columns.push([...index]);
    });
    const rows = x.dims.flatMap((_, axis) => columns.map((column) => column[axis] ?? 0));
    return { y: ref("int64", [x.dims.length, columns.length], Float64Array.from(rows)) };
  },
  grad: "zero",
  samples: [
    { inputs: { x: { dims: [2, 3], values: [0, 1, -2, 0, 0, 3], feed: true } } },
    { inputs: { x: { dims: [4], dtype: "int64", values: [0, 0, 0, 0], feed: true } } },
    { inputs: { x: { dims: [2, 2], dtype: "bool", values: [1, 0, 1, 1], feed: true } } },
  ],
});
