import { issue } from "../../base/index.js";
import { dtypeOfCode, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineValueOp } from "../define-value.js";
import { NO_GRADIENT, sequence, sequenceType } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `dtype`: the ONNX number of the elements' type (default float32). */
    SequenceEmpty(attrs?: { dtype?: number }): Value;
  }
}

/** A sequence without elements. */
export const SequenceEmpty = defineValueOp({
  type: "SequenceEmpty",
  since: 11,
  doc: "A sequence without elements.",
  inputs: [],
  outputs: ["sequence"],
  attributes: { dtype: attr.int(1) },
  infer(_, { dtype }) {
    const type = dtypeOfCode(dtype);
    if (type === undefined)
      return issue("sequence_type", { expected: "the number of a type", received: String(dtype) });
    return { sequence: sequenceType(type, undefined) };
  },
  evaluate: () => ({ sequence: sequence([]) }),
  grad: NO_GRADIENT,
  samples: [{ inputs: {} }, { inputs: {}, attrs: { dtype: 7 } }],
});
