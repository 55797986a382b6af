import { dim } from "../../base/index.js";
import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { axisAt } from "../tensor/rules.js";
import { quantizeIssue, spreadParameter } from "./quantize.js";

declare module "../builder.js" {
  interface OpCalls {
    /** (x - zeroPoint) scale, for integers x; one scale, or one along `axis`. */
    DequantizeLinear(
      x: Value,
      scale: Value,
      zeroPoint?: Value,
      attrs?: { axis?: number; block_size?: number },
    ): Value;
  }
}

/** Integers to floats by scale and zero point. */
export const DequantizeLinear = defineOp({
  type: "DequantizeLinear",
  since: 13,
  doc: "Integers to floats by scale and zero point.",
  inputs: ["x", "scale", "zeroPoint?"],
  outputs: ["y"],
  attributes: { axis: attr.int(1), block_size: attr.int(0), output_dtype: attr.int(0) },
  infer({ x, scale, zeroPoint }, attrs) {
    return quantizeIssue(x, scale, zeroPoint, attrs) ?? { y: { dtype: scale.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(2, dim.size(x.shape)) }),
  evaluate({ x, scale, zeroPoint }, attrs) {
    const scales = spreadParameter(x, scale, attrs).data;
    const zeros = zeroPoint === undefined ? undefined : spreadParameter(x, zeroPoint, attrs).data;
    return {
      y: ref(
        scale.dtype,
        x.dims,
        x.data.map((v, i) => (v - (zeros?.[i] ?? 0)) * (scales[i] ?? 1)),
      ),
    };
  },
  // The scale (one for all, or one along the axis) collects dy (x - zeroPoint).
  grad(g, { x, scale, zeroPoint }, { y: dy }, { attrs, needs }) {
    if (dy === undefined || !needs("scale") || attrs.block_size > 0) return {};
    const axis = scale.rank === 0 || scale.shape[0] === 1 ? undefined : axisAt(attrs.axis, x.rank);
    const whole = { to: ONNX_DTYPE[scale.dtype] };
    const shifted =
      zeroPoint === undefined
        ? g.Cast(x, whole)
        : g.Sub(g.Cast(x, whole), alongAxis(g, g.Cast(zeroPoint, whole), axis, x.rank));
    const axes = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
    const sum = g.ReduceSum(g.Mul(dy, shifted), g.i64(axes), { keepdims: 0 });
    return { scale: axis === undefined && scale.rank === 1 ? g.Unsqueeze(sum, g.i64([0])) : sum };
  },
  samples: [
    {
      inputs: {
        x: { dims: [2, 5], dtype: "uint8", low: 0, high: 256 },
        scale: { dims: [], values: [0.2], feed: true },
        zeroPoint: { dims: [], dtype: "uint8", values: [128] },
      },
    },
    {
      inputs: {
        x: { dims: [2, 3, 4], dtype: "int8", low: -128, high: 128 },
        scale: { dims: [3], low: 0.1, high: 0.5 },
        zeroPoint: { dims: [3], dtype: "int8", values: [0, -3, 7] },
      },
      attrs: { axis: 1 },
    },
    {
      inputs: {
        x: { dims: [4], dtype: "int32", low: -1000, high: 1000 },
        scale: { dims: [], values: [0.05], feed: true },
      },
    },
    {
      inputs: {
        x: { dims: [2, 4], dtype: "int8", low: -128, high: 128 },
        scale: { dims: [2, 2], values: [0.1, 0.05, 0.2, 0.01] },
      },
      attrs: { axis: 1, block_size: 2 },
    },
  ],
});

function alongAxis(g: Builder, v: Value, axis: number | undefined, rank: number): Value {
  if (axis === undefined) return v;
  return g.Reshape(v, g.i64(Array.from({ length: rank }, (_, i) => (i === axis ? -1 : 1))));
}
