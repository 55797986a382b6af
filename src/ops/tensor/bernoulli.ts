import { issue, unwrap } from "../../base/index.js";
import { dtypeOfCode, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { OTHER_NUMBERS, randomRef } from "./random.js";

declare module "../builder.js" {
  interface OpCalls {
    /** 1 with probability x, else 0; of the type of x where `dtype` (an ONNX number) says nothing else. */
    Bernoulli(x: Value, attrs?: { dtype?: number; seed?: number }): Value;
  }
}

/** Random zeros and ones by given probabilities. The reference draws its own: only type and shape agree. */
export const Bernoulli = defineOp({
  type: "Bernoulli",
  since: 15,
  doc: "Random zeros and ones, each with its own probability of being one.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { dtype: attr.int(), seed: attr.float() },
  infer({ x }, attrs) {
    const dtype = attrs.dtype === undefined ? x.dtype : dtypeOfCode(attrs.dtype);
    if (dtype !== undefined && dtype !== "string") return { y: { dtype, shape: x.shape } };
    return issue("random_dtype", { expected: "the number of a numeric type", received: String(attrs.dtype) });
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { dtype, seed }) {
    const type = dtype === undefined ? x.dtype : unwrap(dtypeOfCode(dtype) ?? issue("random_dtype"));
    const draw = (rng: { float(): number }, i: number) => (rng.float() < (x.data[i] ?? 0) ? 1 : 0);
    return { y: randomRef("bernoulli", seed, type, x.dims, draw) };
  },
  grad: "zero",
  samples: [
    { inputs: { x: { dims: [3, 4], low: 0, high: 1 } }, attrs: { seed: 1 }, otherValues: OTHER_NUMBERS },
    { inputs: { x: { dims: [4], low: 0, high: 1 } }, attrs: { dtype: 9 }, otherValues: OTHER_NUMBERS },
    {
      inputs: { x: { dims: [4], values: [0, 1, 1, 0], feed: true } },
      otherValues:
        "version 1.30 gives ones with probability 1 - x, as the function in ONNX's own definition does",
    },
  ],
});
