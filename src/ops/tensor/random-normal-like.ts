import { isIssue, unwrap } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { floatOfCode, OTHER_NUMBERS, randomRef } from "./random.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Of the shape of x, and of its type where `dtype` (an ONNX number) says nothing else. */
    RandomNormalLike(
      x: Value,
      attrs?: { mean?: number; scale?: number; dtype?: number; seed?: number },
    ): Value;
  }
}

/** Normal random numbers. The reference draws its own numbers: only type and shape agree. */
export const RandomNormalLike = defineOp({
  type: "RandomNormalLike",
  since: 1,
  doc: "Random numbers of the normal distribution, with the shape of another tensor.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { dtype: attr.int(), mean: attr.float(0), scale: attr.float(1), seed: attr.float() },
  infer({ x }, attrs) {
    const dtype = attrs.dtype === undefined ? x.dtype : floatOfCode(attrs.dtype);
    return isIssue(dtype) ? dtype : { y: { dtype, shape: x.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { dtype, mean, scale, seed }) {
    const type = dtype === undefined ? x.dtype : unwrap(floatOfCode(dtype));
    return { y: randomRef("normal", seed, type, x.dims, (rng) => mean + scale * rng.normal()) };
  },
  grad: "zero",
  samples: [
    { inputs: { x: [3, 4] }, attrs: { seed: 2 }, otherValues: OTHER_NUMBERS },
    {
      inputs: { x: { dims: [5], dtype: "int32" } },
      attrs: { mean: 2, scale: 3, dtype: 1 },
      otherValues: OTHER_NUMBERS,
    },
  ],
});
