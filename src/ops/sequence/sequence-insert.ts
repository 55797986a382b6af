import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineValueOp } from "../define-value.js";
import { asTensor } from "../reference.js";
import {
  asSequence,
  eitherElement,
  elementOf,
  NO_GRADIENT,
  placeIn,
  sequence,
  sequenceType,
  tensorOnly,
} from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The sequence with a tensor inserted before a position (a scalar), or at its end. */
    SequenceInsert(sequence: Value, x: Value, position?: Value): Value;
  }
}

/** A sequence with one element more. */
export const SequenceInsert = defineValueOp({
  type: "SequenceInsert",
  since: 11,
  doc: "A sequence with a tensor inserted.",
  inputs: ["sequence", "x", "position?"],
  outputs: ["y"],
  infer(inputs) {
    const [element, x] = [elementOf(inputs.sequence), tensorOnly(inputs.x)];
    if (isIssue(element)) return element;
    return isIssue(x) ? x : { y: sequenceType(element.dtype, eitherElement(element.shape, x.shape)) };
  },
  evaluate(inputs) {
    const { items } = asSequence(inputs.sequence);
    const { position } = inputs;
    const at =
      position === undefined ? items.length : placeIn(items, asTensor(position).data[0] ?? 0, items.length);
    return { y: sequence(items.toSpliced(at, 0, asTensor(inputs.x))) };
  },
  grad: NO_GRADIENT,
  samples: [
    {
      inputs: {
        sequence: {
          kind: "sequence",
          items: [
            [2, 3],
            [2, 1],
          ],
        },
        x: [2, 2],
      },
    },
    {
      inputs: {
        sequence: {
          kind: "sequence",
          items: [
            [2, 3],
            [2, 1],
          ],
        },
        x: [4, 2],
        position: { dims: [], dtype: "int64", values: [-2] },
      },
    },
  ],
});
