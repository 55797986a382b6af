import { isIssue } from "../../base/index.js";
import { tensorType, type Value } from "../../ir/index.js";
import { defineValueOp } from "../define-value.js";
import { ref } from "../reference.js";
import { asSequence, elementOf } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Number of elements, an int64 scalar. */
    SequenceLength(sequence: Value): Value;
  }
}

/** How many elements a sequence has. */
export const SequenceLength = defineValueOp({
  type: "SequenceLength",
  since: 11,
  doc: "Number of elements of a sequence.",
  inputs: ["sequence"],
  outputs: ["length"],
  infer({ sequence }) {
    const element = elementOf(sequence);
    return isIssue(element) ? element : { length: tensorType("int64", []) };
  },
  evaluate: ({ sequence }) => ({
    length: ref("int64", [], Float64Array.of(asSequence(sequence).items.length)),
  }),
  grad: "zero",
  samples: [{ inputs: { sequence: { kind: "sequence", items: [[2, 3], [1]] } } }],
});
