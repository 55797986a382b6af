import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { batchedProduct } from "../math/mat-mul.js";
import { ref } from "../reference.js";
import { INTEGER_PRODUCT, productShape, withoutZero, zeroPointIssue } from "./integer-product.js";

declare module "../builder.js" {
  interface OpCalls {
    /** (a − aZero)(b − bZero) in int32, of 8-bit matrices; a zero point for each row of a or column of b is allowed. */
    MatMulInteger(a: Value, b: Value, aZero?: Value, bZero?: Value): Value;
  }
}

/** Product of matrices of 8-bit integers, summed in int32. */
export const MatMulInteger = defineOp({
  type: "MatMulInteger",
  since: 10,
  doc: "Matrix product of 8-bit integers less their zero points, as int32.",
  inputs: ["a", "b", "aZero?", "bZero?"],
  outputs: ["y"],
  infer({ a, b, aZero, bZero }) {
    const shape = productShape(a, b);
    if (isIssue(shape)) return shape;
    return zeroPointIssue(a, aZero) ?? zeroPointIssue(b, bZero) ?? { y: { dtype: "int32" as const, shape } };
  },
  cost: ({ a }, { y }) => INTEGER_PRODUCT(a, y),
  evaluate({ a, b, aZero, bZero }) {
    const product = batchedProduct(withoutZero(a, aZero, -2), withoutZero(b, bZero, -1));
    return { y: ref("int32", product.dims, product.data) };
  },
  grad: { none: "train the float form (MatMul) and quantize afterwards" },
  samples: [
    { inputs: { a: bytes([2, 3]), b: bytes([3, 4]) } },
    {
      inputs: {
        a: bytes([2, 2, 3]),
        b: { dims: [3, 4], dtype: "int8", low: -100, high: 100 },
        aZero: { dims: [], dtype: "uint8", values: [12] },
        bZero: { dims: [], dtype: "int8", values: [-3] },
      },
    },
    {
      inputs: {
        a: bytes([3, 2]),
        b: bytes([2, 3]),
        aZero: { dims: [1], dtype: "uint8", values: [7] },
        bZero: { dims: [3], dtype: "uint8", values: [1, 2, 3] },
      },
    },
  ],
});

function bytes(dims: readonly number[]) {
  return { dims, dtype: "uint8" as const, low: 0, high: 200 };
}
