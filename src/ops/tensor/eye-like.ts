import { dim, issue } from "../../base/index.js";
import { dtypeOfCode, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Ones on diagonal `k`, zeros elsewhere, in the shape of matrix `x`; `dtype` is an ONNX number of a type. */
    EyeLike(x: Value, attrs?: { dtype?: number; k?: number }): Value;
  }
}

/** A matrix with ones on a diagonal. */
export const EyeLike = defineOp({
  type: "EyeLike",
  since: 9,
  doc: "Ones on a diagonal, zeros elsewhere, in the shape of a matrix.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { dtype: attr.int(), k: attr.int(0) },
  infer({ x }, { dtype }) {
    if (x.shape.length !== 2)
      return issue("eye_rank", { expected: "a matrix", received: dim.format(x.shape) });
    const type = dtype === undefined ? x.dtype : dtypeOfCode(dtype);
    if (type === undefined)
      return issue("eye_dtype", { expected: "an ONNX number of a type", received: String(dtype) });
    return { y: { dtype: type, shape: x.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { dtype, k }) {
    const [rows = 0, columns = 0] = x.dims;
    const out = ref((dtype === undefined ? undefined : dtypeOfCode(dtype)) ?? x.dtype, x.dims);
    for (let i = 0; i < rows; i++) if (i + k >= 0 && i + k < columns) out.data[i * columns + i + k] = 1;
    return { y: out };
  },
  grad: "zero",
  samples: [
    { inputs: { x: [3, 4] } },
    { inputs: { x: [4, 3] }, attrs: { k: -1, dtype: 7 } },
    { inputs: { x: { dims: [3, 3], dtype: "int32" } }, attrs: { k: 1, dtype: 1 } },
  ],
});
