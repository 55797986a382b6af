import { dim, issue } from "../../base/index.js";
import { dtypeOfCode, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { OTHER_NUMBERS, randomRef } from "./random.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `sample_size` classes for each row of x [batch, classes], unnormalized log-probabilities. */
    Multinomial(x: Value, attrs?: { sample_size?: number; dtype?: 6 | 7; seed?: number }): Value;
  }
}

/** Random classes by their log-probabilities. The reference draws its own: only type and shape agree. */
export const Multinomial = defineOp({
  type: "Multinomial",
  since: 7,
  doc: "Random class numbers, by unnormalized log-probabilities.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { dtype: attr.int(6), sample_size: attr.int(1), seed: attr.float() },
  infer({ x }, { dtype, sample_size }) {
    const [batch] = x.shape;
    if (batch === undefined || x.shape.length !== 2) {
      return issue("multinomial_rank", { expected: "x [batch, classes]", received: dim.format(x.shape) });
    }
    if (dtype !== 6 && dtype !== 7) {
      return issue("random_dtype", { expected: "6 (int32) or 7 (int64)", received: String(dtype) });
    }
    return {
      y: { dtype: dtype === 6 ? ("int32" as const) : ("int64" as const), shape: [batch, sample_size] },
    };
  },
  cost: ({ x }, _, { sample_size }) => ({ flops: dim.mul(dim.size(x.shape), dim.add(2, sample_size)) }),
  evaluate({ x }, { dtype, sample_size, seed }) {
    const [batch = 1, classes = 1] = x.dims;
    const type = dtypeOfCode(dtype) ?? "int32";
    const draw = (rng: { float(): number }, i: number) => {
      const row = x.data.subarray(Math.floor(i / sample_size) * classes);
      let top = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) top = Math.max(top, row[c] ?? 0);
      let total = 0;
      for (let c = 0; c < classes; c++) total += Math.exp((row[c] ?? 0) - top);
      let rest = rng.float() * total;
      for (let c = 0; c < classes - 1; c++) {
        rest -= Math.exp((row[c] ?? 0) - top);
        if (rest < 0) return c;
      }
      return classes - 1;
    };
    return { y: randomRef("multinomial", seed, type, [batch, sample_size], draw) };
  },
  grad: "zero",
  samples: [
    { inputs: { x: [2, 3] }, attrs: { sample_size: 4, seed: 1 }, otherValues: OTHER_NUMBERS },
    {
      inputs: { x: { dims: [2, 3], values: [0, -1e5, -1e5, -1e5, -1e5, 0], feed: true } },
      attrs: { dtype: 7 },
    },
  ],
});
