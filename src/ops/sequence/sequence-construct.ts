import { isIssue, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineValueOp } from "../define-value.js";
import { asTensor } from "../reference.js";
import { eitherElement, NO_GRADIENT, sequence, sequenceType, tensorOnly } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    SequenceConstruct(xs: readonly Value[]): Value;
  }
}

/** Tensors as a sequence. */
export const SequenceConstruct = defineValueOp({
  type: "SequenceConstruct",
  since: 11,
  doc: "Tensors of one type as a sequence.",
  inputs: ["xs..."],
  outputs: ["sequence"],
  infer({ xs }) {
    const types = xs.map(tensorOnly);
    const [first] = types;
    const wrong = types.find(isIssue);
    if (wrong !== undefined) return wrong;
    if (first === undefined || isIssue(first)) {
      return issue("input_missing", { expected: "one input or more", received: "none" });
    }
    let shape = first.shape;
    for (const type of types) {
      if (isIssue(type) || type.dtype !== first.dtype) {
        return issue("dtype_mismatch", { expected: "tensors of one type", received: "several" });
      }
      shape = eitherElement(shape, type.shape);
    }
    return { sequence: sequenceType(first.dtype, shape) };
  },
  evaluate: ({ xs }) => ({ sequence: sequence(xs.map((x) => asTensor(x))) }),
  grad: NO_GRADIENT,
  samples: [
    {
      inputs: {
        xs: [
          [2, 3],
          [2, 3],
        ],
      },
    },
    { inputs: { xs: [[2, 3], [1, 3], [4]] } },
  ],
});
