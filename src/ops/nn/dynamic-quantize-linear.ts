import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { roundEven } from "./quantize.js";

declare module "../builder.js" {
  interface OpCalls {
    /** x as uint8 by a scale and zero point taken from its own range (which always holds 0): [y, scale, zeroPoint]. */
    DynamicQuantizeLinear(x: Value): [Value, Value, Value];
  }
}

/** Floats to uint8 by the range that they have. */
export const DynamicQuantizeLinear = defineOp({
  type: "DynamicQuantizeLinear",
  since: 11,
  doc: "Floats to uint8 by a scale and zero point taken from their own range.",
  inputs: ["x"],
  outputs: ["y", "scale", "zeroPoint"],
  infer: ({ x }) => ({
    y: { dtype: "uint8" as const, shape: x.shape },
    scale: { dtype: "float32" as const, shape: [] },
    zeroPoint: { dtype: "uint8" as const, shape: [] },
  }),
  cost: ({ x }) => ({ flops: dim.mul(4, dim.size(x.shape)) }),
  evaluate({ x }) {
    const low = x.data.reduce((a, b) => Math.min(a, b), 0);
    const high = x.data.reduce((a, b) => Math.max(a, b), 0);
    const scale = (high - low) / 255 || 1;
    const cut = (v: number) => Math.max(0, Math.min(255, v));
    const zero = roundEven(cut(-low / scale));
    return {
      y: ref(
        "uint8",
        x.dims,
        x.data.map((v) => cut(roundEven(v / scale) + zero)),
      ),
      scale: ref("float32", [], Float64Array.of(scale)),
      zeroPoint: ref("uint8", [], Float64Array.of(zero)),
    };
  },
  grad: {
    none: "put stopGradient around what is quantized, and add it to x for a straight-through gradient",
  },
  samples: [
    { inputs: { x: [3, 4] } },
    { inputs: { x: { dims: [5], low: 1, high: 3 } } },
    { inputs: { x: { dims: [5], low: -3, high: -1 } } },
  ],
});
