import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { batchedProduct } from "../math/mat-mul.js";
import { INTEGER_PRODUCT, productShape, scaled, zeroPointIssue } from "./integer-product.js";
import { quantizeTo } from "./quantize.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Quantized matrices multiplied as what they stand for, (x − zero) scale, and quantized again. */
    QLinearMatMul(
      a: Value,
      aScale: Value,
      aZero: Value,
      b: Value,
      bScale: Value,
      bZero: Value,
      yScale: Value,
      yZero: Value,
    ): Value;
  }
}

/** Product of quantized matrices. */
export const QLinearMatMul = defineOp({
  type: "QLinearMatMul",
  since: 10,
  doc: "Matrix product of quantized matrices, quantized again.",
  inputs: ["a", "aScale", "aZero", "b", "bScale", "bZero", "yScale", "yZero"],
  outputs: ["y"],
  infer({ a, aZero, b, bZero, yZero }) {
    const shape = productShape(a, b);
    if (isIssue(shape)) return shape;
    return zeroPointIssue(a, aZero) ?? zeroPointIssue(b, bZero) ?? { y: { dtype: yZero.dtype, shape } };
  },
  cost: ({ a }, { y }) => INTEGER_PRODUCT(a, y),
  evaluate({ a, aScale, aZero, b, bScale, bZero, yScale, yZero }) {
    const product = batchedProduct(scaled(a, aScale, aZero, -2), scaled(b, bScale, bZero, -1));
    return { y: quantizeTo(product, yScale, yZero) };
  },
  grad: { none: "train the float form (MatMul) and quantize afterwards" },
  samples: [
    {
      inputs: {
        a: { dims: [2, 4], dtype: "uint8", low: 0, high: 255 },
        aScale: { dims: [], values: [0.0066] },
        aZero: { dims: [], dtype: "uint8", values: [113] },
        b: { dims: [4, 3], dtype: "uint8", low: 0, high: 255 },
        bScale: { dims: [], values: [0.00705] },
        bZero: { dims: [], dtype: "uint8", values: [114] },
        yScale: { dims: [], values: [0.0107] },
        yZero: { dims: [], dtype: "uint8", values: [118] },
      },
    },
    {
      inputs: {
        a: { dims: [2, 2, 4], dtype: "int8", low: -100, high: 100 },
        aScale: { dims: [], values: [0.01] },
        aZero: { dims: [], dtype: "int8", values: [3] },
        b: { dims: [4, 3], dtype: "int8", low: -100, high: 100 },
        bScale: { dims: [3], values: [0.011, 0.013, 0.017] },
        bZero: { dims: [3], dtype: "int8", values: [0, 0, 0] },
        yScale: { dims: [], values: [0.019] },
        yZero: { dims: [], dtype: "int8", values: [-5] },
      },
    },
  ],
});
