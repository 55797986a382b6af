import { isIssue, issue, unwrap } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { floatOfCode, OTHER_NUMBERS, randomRef } from "./random.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `dtype`: the ONNX number of a float type. Give a seed where runs must repeat. */
    RandomUniform(attrs: {
      shape: readonly number[];
      low?: number;
      high?: number;
      dtype?: number;
      seed?: number;
    }): Value;
  }
}

/** Uniform random numbers. The reference draws its own numbers: only type and shape agree. */
export const RandomUniform = defineOp({
  type: "RandomUniform",
  since: 1,
  doc: "Random numbers, evenly distributed in [low, high).",
  inputs: [],
  outputs: ["y"],
  attributes: {
    dtype: attr.int(1),
    low: attr.float(0),
    high: attr.float(1),
    seed: attr.float(),
    shape: attr.ints(),
  },
  infer(_, attrs) {
    const dtype = floatOfCode(attrs.dtype);
    if (isIssue(dtype)) return dtype;
    if (attrs.shape === undefined) return issue("attribute_missing", { expected: "shape" });
    return { y: { dtype, shape: attrs.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate: (_, { dtype, low, high, seed, shape = [] }) => ({
    y: randomRef(
      "uniform",
      seed,
      unwrap(floatOfCode(dtype)),
      shape,
      (rng) => low + (high - low) * rng.float(),
    ),
  }),
  grad: "zero",
  samples: [
    { inputs: {}, attrs: { shape: [3, 4], seed: 2 }, otherValues: OTHER_NUMBERS },
    { inputs: {}, attrs: { shape: [5], low: 2, high: 3, dtype: 11 }, otherValues: OTHER_NUMBERS },
  ],
});
