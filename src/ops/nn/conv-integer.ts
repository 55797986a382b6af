import { dim, type Issue, isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { convRef } from "./conv-ref.js";
import { convShape } from "./conv-shape.js";
import { withoutZero, zeroPointIssue } from "./integer-product.js";
import { WINDOW_ATTRIBUTES, type WindowOptions } from "./window.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Conv of x − xZero and w − wZero, 8-bit integers, in int32; wZero may hold one number a filter. */
    ConvInteger(
      x: Value,
      w: Value,
      xZero?: Value,
      wZero?: Value,
      attrs?: WindowOptions & { group?: number },
    ): Value;
  }
}

/** Convolution of 8-bit integers, summed in int32. What lies in the padding is the zero point. */
export const ConvInteger = defineOp({
  type: "ConvInteger",
  since: 10,
  doc: "Convolution of 8-bit integers less their zero points, as int32.",
  inputs: ["x", "w", "xZero?", "wZero?"],
  outputs: ["y"],
  attributes: { ...WINDOW_ATTRIBUTES, group: attr.int(1) },
  infer({ x, w, xZero, wZero }, attrs) {
    const wrong: Issue | undefined = zeroPointIssue(x, xZero) ?? zeroPointIssue(w, wZero);
    if (wrong !== undefined) return wrong;
    const shape = convShape(x, w, undefined, attrs);
    return isIssue(shape) ? shape : { y: { dtype: "int32" as const, shape } };
  },
  cost: ({ w }, { y }) => ({ macs: dim.mul(...y.shape, ...w.shape.slice(1)) }),
  evaluate: ({ x, w, xZero, wZero }, attrs) => ({
    y: convRef(withoutZero(x, xZero, 1), withoutZero(w, wZero, 0), undefined, attrs, "int32"),
  }),
  grad: { none: "train the float form (Conv) and quantize afterwards" },
  samples: [
    {
      inputs: {
        x: { dims: [1, 2, 4, 5], dtype: "uint8", low: 0, high: 255 },
        w: { dims: [3, 2, 3, 3], dtype: "uint8", low: 0, high: 255 },
        xZero: { dims: [], dtype: "uint8", values: [120] },
        wZero: { dims: [], dtype: "uint8", values: [101] },
      },
      attrs: { pads: [1, 1, 1, 1] },
    },
    {
      inputs: {
        x: { dims: [2, 4, 6], dtype: "uint8", low: 0, high: 255 },
        w: { dims: [4, 2, 2], dtype: "int8", low: -100, high: 100 },
      },
      attrs: { group: 2, strides: [2] },
    },
  ],
});
