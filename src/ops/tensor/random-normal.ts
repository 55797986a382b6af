import { isIssue, issue, unwrap } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { floatOfCode, OTHER_NUMBERS, randomRef } from "./random.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `dtype`: the ONNX number of a float type. Give a seed where runs must repeat. */
    RandomNormal(attrs: {
      shape: readonly number[];
      mean?: number;
      scale?: number;
      dtype?: number;
      seed?: number;
    }): Value;
  }
}

/** Normal random numbers. The reference draws its own numbers: only type and shape agree. */
export const RandomNormal = defineOp({
  type: "RandomNormal",
  since: 1,
  doc: "Random numbers of the normal distribution.",
  inputs: [],
  outputs: ["y"],
  attributes: {
    dtype: attr.int(1),
    mean: attr.float(0),
    scale: attr.float(1),
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
  evaluate: (_, { dtype, mean, scale, seed, shape = [] }) => ({
    y: randomRef("normal", seed, unwrap(floatOfCode(dtype)), shape, (rng) => mean + scale * rng.normal()),
  }),
  grad: "zero",
  samples: [
    { inputs: {}, attrs: { shape: [3, 4], seed: 2 }, otherValues: OTHER_NUMBERS },
    { inputs: {}, attrs: { shape: [5], mean: 2, scale: 3, dtype: 11 }, otherValues: OTHER_NUMBERS },
  ],
});
