import { fail, issue } from "../../base/index.js";
import { type DType, dtypeOfCode, isFloat, isInteger, ONNX_DTYPE, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { wrapInteger } from "../integers.js";
import { mapRef, type RefTensor } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `to` is the number of a dtype in ONNX files: `ONNX_DTYPE.int64`. */
    Cast(x: Value, attrs: { to: number; saturate?: 0 | 1 }): Value;
  }
}

/** Conversion between element types. Floats are cut off towards zero for integers; bool is `x ≠ 0`. */
export const Cast = defineOp({
  type: "Cast",
  since: 13,
  doc: "Elements in another type; floats are cut off towards zero for integers, integers wrap around.",
  inputs: ["x"],
  outputs: ["y"],
  elementwise: true,
  attributes: { to: attr.int(), saturate: attr.int(1) },
  infer({ x }, { to }) {
    const dtype = dtypeOfCode(to ?? 0);
    if (dtype !== undefined) return { y: { dtype, shape: x.shape } };
    return issue("cast_to", {
      expected: "the attribute to, a number of an element type",
      received: to === undefined ? "none" : String(to),
      hint: "write { to: ONNX_DTYPE.float32 } or another of its types",
    });
  },
  contents({ x }, { to }) {
    const dtype = dtypeOfCode(to ?? 0);
    if (dtype === undefined || !isInteger(x.dtype)) return {};
    return { y: lengthsIn(x)?.map((d) => (typeof d === "number" ? wrapInteger(dtype, d) : d)) };
  },
  cost: () => ({ flops: 0 }),
  evaluate: ({ x }, { to }) => ({
    y: castRef(x, dtypeOfCode(to ?? 0) ?? fail("cast_to", { received: String(to) })),
  }),
  grad: (g, { x }, { y: dy }) =>
    dy && isFloat(x.dtype) && isFloat(dy.dtype) ? { x: g.Cast(dy, { to: ONNX_DTYPE[x.dtype] }) } : {},
  samples: [
    { inputs: { x: [2, 3] }, attrs: { to: ONNX_DTYPE.int64 } },
    {
      inputs: { x: { dims: [6], values: [-2.7, -0.5, 0, 0.5, 1.5, 99.9] } },
      attrs: { to: ONNX_DTYPE.int32 },
    },
    { inputs: { x: { dims: [4], values: [0, -0.3, 1, 2] } }, attrs: { to: ONNX_DTYPE.bool } },
    { inputs: { x: { dims: [2, 3], dtype: "int64", low: -9, high: 9 } }, attrs: { to: ONNX_DTYPE.float32 } },
    { inputs: { x: { dims: [2, 3], dtype: "bool", low: 0, high: 2 } }, attrs: { to: ONNX_DTYPE.float32 } },
    { inputs: { x: { dims: [3], dtype: "int32", values: [-1, 5, 300] } }, attrs: { to: ONNX_DTYPE.uint32 } },
    {
      inputs: { x: { dims: [3], dtype: "uint32", values: [1, 4294967295, 7] } },
      attrs: { to: ONNX_DTYPE.int32 },
    },
    {
      inputs: { x: { dims: [3], dtype: "int64", values: [-1, 5, 4294967301] } },
      attrs: { to: ONNX_DTYPE.int32 },
    },
    { inputs: { x: [2, 3] }, attrs: { to: ONNX_DTYPE.float64 } },
    { inputs: { x: [] }, attrs: { to: ONNX_DTYPE.float32 } },
  ],
});

/** The reference of a conversion; floats keep their float64 digits whatever their width. */
export function castRef(x: RefTensor, dtype: DType): RefTensor {
  if (dtype === "string" || x.dtype === "string") {
    return fail("reference_string", { expected: "numeric types", received: `Cast ${x.dtype} to ${dtype}` });
  }
  if (dtype === "bool") return mapRef(x, (v) => Number(v !== 0), dtype);
  if (isInteger(dtype)) return mapRef(x, (v) => wrapInteger(dtype, Math.trunc(v) + 0), dtype);
  return mapRef(x, (v) => v, dtype);
}
