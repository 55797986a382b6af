import { fail, issue } from "../../base/index.js";
import { bitsOf, type DType, dtypeOfCode, hasArray, numbersOf, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The bits of x read as another type of the same width; `to` is its ONNX number. */
    BitCast(x: Value, attrs: { to: number }): Value;
  }
}

/** Bits under another type. 64-bit patterns beyond 2^53 lose digits in the reference, as all its numbers do. */
export const BitCast = defineOp({
  type: "BitCast",
  since: 26,
  doc: "The same bits read as another type of the same width.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { to: attr.int() },
  infer({ x }, { to }) {
    const dtype = dtypeOfCode(to ?? 0);
    if (dtype === undefined || dtype === "string" || bitsOf(dtype) !== bitsOf(x.dtype)) {
      return issue("bit_cast", {
        expected: `the number of a type of ${bitsOf(x.dtype)} bits`,
        received: dtype === undefined ? String(to) : dtype,
      });
    }
    return { y: { dtype, shape: x.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { to }) {
    const dtype = dtypeOfCode(to ?? 0) ?? "float32";
    if (!whole(x.dtype) || !whole(dtype)) {
      fail("bit_cast", {
        expected: "types of 8, 32 or 64 bits, or 16-bit integers",
        received: `${x.dtype} to ${dtype}`,
      });
    }
    const { data } = tensor(x.dtype, [x.data.length], x.data);
    if (!ArrayBuffer.isView(data)) return {};
    const target = tensor(dtype, [x.data.length], new Float64Array(x.data.length)).data;
    if (ArrayBuffer.isView(target)) {
      new Uint8Array(target.buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    return { y: ref(dtype, x.dims, Float64Array.from(numbersOf({ dtype, dims: x.dims, data: target }))) };
  },
  grad: { none: "use Cast, which converts numbers and passes the gradient on" },
  samples: [
    { inputs: { x: [2, 3] }, attrs: { to: 6 } },
    {
      inputs: {
        x: { dims: [4], dtype: "int32", values: [0, 1065353216, -1082130432, 1078530011], feed: true },
      },
      attrs: { to: 1 },
    },
    { inputs: { x: { dims: [3], dtype: "uint8", values: [0, 127, 255], feed: true } }, attrs: { to: 3 } },
  ],
});

/** Types whose elements are numbers of an array of their own. */
function whole(dtype: DType): boolean {
  return hasArray(dtype) && dtype !== "float16" && dtype !== "bfloat16";
}
