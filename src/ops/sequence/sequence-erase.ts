import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineValueOp } from "../define-value.js";
import { asTensor } from "../reference.js";
import { asSequence, elementOf, NO_GRADIENT, placeIn, sequence } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The sequence without the element at a position (a scalar), or without its last one. */
    SequenceErase(sequence: Value, position?: Value): Value;
  }
}

/** A sequence with one element less. */
export const SequenceErase = defineValueOp({
  type: "SequenceErase",
  since: 11,
  doc: "A sequence without one of its elements.",
  inputs: ["sequence", "position?"],
  outputs: ["y"],
  infer(inputs) {
    const element = elementOf(inputs.sequence);
    return isIssue(element) ? element : { y: inputs.sequence };
  },
  evaluate(inputs) {
    const { items } = asSequence(inputs.sequence);
    const position = inputs.position === undefined ? -1 : (asTensor(inputs.position).data[0] ?? 0);
    return { y: sequence(items.toSpliced(placeIn(items, position, items.length - 1), 1)) };
  },
  grad: NO_GRADIENT,
  samples: [
    { inputs: { sequence: { kind: "sequence", items: [[2, 3], [2, 1], [5]] } } },
    {
      inputs: {
        sequence: {
          kind: "sequence",
          items: [
            [2, 3],
            [2, 1],
          ],
        },
        position: { dims: [], dtype: "int64", values: [0] },
      },
    },
  ],
});
