import { dim, issue } from "../../base/index.js";
import { type DType, dtypeOfCode, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { quantizeIssue, rangeOf, roundEven, spreadParameter } from "./quantize.js";

interface QuantizeOptions {
  axis?: number;
  block_size?: number;
  /** ONNX number of the integer type, where no zero point says it. */
  output_dtype?: number;
  saturate?: 0 | 1;
}

declare module "../builder.js" {
  interface OpCalls {
    /** round(x / scale) + zeroPoint, cut to the integer type of the zero point (uint8 without one). */
    QuantizeLinear(x: Value, scale: Value, zeroPoint?: Value, attrs?: QuantizeOptions): Value;
  }
}

/**
 * Floats to integers by scale and zero point, rounding half to even. Integers carry no gradient; to train
 * through it (the straight-through estimator, Bengio et al. 2013, arXiv:1308.3432) write
 * x + stopGradient(DequantizeLinear(QuantizeLinear(x)) - x).
 */
export const QuantizeLinear = defineOp({
  type: "QuantizeLinear",
  since: 13,
  doc: "Floats to integers by scale and zero point, rounding half to even.",
  inputs: ["x", "scale", "zeroPoint?"],
  outputs: ["y"],
  attributes: {
    axis: attr.int(1),
    block_size: attr.int(0),
    output_dtype: attr.int(0),
    precision: attr.int(0),
    saturate: attr.int(1),
  },
  infer({ x, scale, zeroPoint }, attrs) {
    const wrong = quantizeIssue(x, scale, zeroPoint, attrs);
    if (wrong !== undefined) return wrong;
    const dtype = target(zeroPoint?.dtype, attrs.output_dtype);
    return rangeOf(dtype) === undefined
      ? issue("quantize_dtype", { expected: "an integer type of 4 to 32 bits", received: dtype })
      : { y: { dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(2, dim.size(x.shape)) }),
  evaluate({ x, scale, zeroPoint }, attrs) {
    const dtype = target(zeroPoint?.dtype, attrs.output_dtype);
    const [low, high] = rangeOf(dtype) ?? [0, 255];
    const scales = spreadParameter(x, scale, attrs).data;
    const zeros = zeroPoint === undefined ? undefined : spreadParameter(x, zeroPoint, attrs).data;
    const y = x.data.map((v, i) => {
      const q = roundEven(v / (scales[i] ?? 1)) + (zeros?.[i] ?? 0);
      return Math.max(low, Math.min(high, q));
    });
    return { y: ref(dtype, x.dims, y) };
  },
  grad: "zero",
  samples: [
    {
      inputs: {
        x: [2, 6],
        scale: { dims: [], values: [0.02] },
        zeroPoint: { dims: [], dtype: "uint8", values: [128] },
      },
    },
    {
      inputs: {
        x: { dims: [6], values: [-1, 0.5, 1.5, 2.5, 300, 3], feed: true },
        scale: { dims: [], values: [1] },
      },
    },
    {
      inputs: {
        x: [2, 3, 4],
        scale: { dims: [3], values: [0.1, 0.05, 0.2] },
        zeroPoint: { dims: [3], dtype: "int8", values: [0, -3, 7] },
      },
      attrs: { axis: 1 },
    },
    {
      inputs: {
        x: [2, 4],
        scale: { dims: [2, 2], values: [0.1, 0.05, 0.2, 0.01] },
        zeroPoint: { dims: [2, 2], dtype: "int8", values: [0, -3, 7, 1] },
      },
      attrs: { axis: -1, block_size: 2 },
    },
    { inputs: { x: [5], scale: { dims: [], values: [0.001] } }, attrs: { output_dtype: 5 } },
  ],
});

function target(zeroPoint: DType | undefined, code: number): DType {
  return zeroPoint ?? (code === 0 ? undefined : dtypeOfCode(code)) ?? "uint8";
}
