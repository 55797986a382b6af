import { dim, isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { convRef } from "./conv-ref.js";
import { convShape } from "./conv-shape.js";
import { scaled, zeroPointIssue } from "./integer-product.js";
import { quantizeTo } from "./quantize.js";
import { WINDOW_ATTRIBUTES, type WindowOptions } from "./window.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Conv of quantized tensors as what they stand for, quantized again; the bias is int32 in units of xScale wScale. */
    QLinearConv(
      x: Value,
      xScale: Value,
      xZero: Value,
      w: Value,
      wScale: Value,
      wZero: Value,
      yScale: Value,
      yZero: Value,
      b?: Value,
      attrs?: WindowOptions & { group?: number },
    ): Value;
  }
}

/** Convolution of quantized tensors. Scale and zero point of w may hold one number a filter. */
export const QLinearConv = defineOp({
  type: "QLinearConv",
  since: 10,
  doc: "Convolution of quantized tensors, quantized again.",
  inputs: ["x", "xScale", "xZero", "w", "wScale", "wZero", "yScale", "yZero", "b?"],
  outputs: ["y"],
  attributes: { ...WINDOW_ATTRIBUTES, group: attr.int(1) },
  infer({ x, xZero, w, wZero, yZero, b }, attrs) {
    const shape = convShape(x, w, b, attrs);
    if (isIssue(shape)) return shape;
    return zeroPointIssue(x, xZero) ?? zeroPointIssue(w, wZero) ?? { y: { dtype: yZero.dtype, shape } };
  },
  cost: ({ w }, { y }) => ({ macs: dim.mul(...y.shape, ...w.shape.slice(1)) }),
  evaluate({ x, xScale, xZero, w, wScale, wZero, yScale, yZero, b }, attrs) {
    const unit = (f: number) => (xScale.data[0] ?? 1) * (wScale.data[wScale.data.length === 1 ? 0 : f] ?? 1);
    const bias =
      b &&
      ref(
        "float32",
        b.dims,
        b.data.map((v, f) => v * unit(f)),
      );
    const y = convRef(scaled(x, xScale, xZero, 1), scaled(w, wScale, wZero, 0), bias, attrs, "float32");
    return { y: quantizeTo(y, yScale, yZero) };
  },
  grad: { none: "train the float form (Conv) and quantize afterwards" },
  samples: [
    {
      inputs: {
        x: { dims: [1, 2, 4, 5], dtype: "uint8", low: 0, high: 255 },
        xScale: { dims: [], values: [0.02] },
        xZero: { dims: [], dtype: "uint8", values: [120] },
        w: { dims: [3, 2, 3, 3], dtype: "uint8", low: 0, high: 255 },
        wScale: { dims: [], values: [0.011] },
        wZero: { dims: [], dtype: "uint8", values: [130] },
        yScale: { dims: [], values: [0.09] },
        yZero: { dims: [], dtype: "uint8", values: [127] },
        b: { dims: [3], dtype: "int32", values: [500, -1000, 30] },
      },
      attrs: { pads: [1, 1, 1, 1] },
    },
    {
      inputs: {
        x: { dims: [2, 2, 5, 5], dtype: "uint8", low: 0, high: 255 },
        xScale: { dims: [], values: [0.02] },
        xZero: { dims: [], dtype: "uint8", values: [120] },
        w: { dims: [2, 1, 2, 2], dtype: "int8", low: -100, high: 100 },
        wScale: { dims: [2], values: [0.011, 0.02] },
        wZero: { dims: [2], dtype: "int8", values: [0, 0] },
        yScale: { dims: [], values: [0.07] },
        yZero: { dims: [], dtype: "uint8", values: [100] },
      },
      attrs: { group: 2, strides: [2, 2] },
    },
  ],
});
