import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineValueOp } from "../define-value.js";
import { asTensor } from "../reference.js";
import { asSequence, elementOf, NO_GRADIENT, placeIn } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The element at a position (a scalar; negative ones count from the end). */
    SequenceAt(sequence: Value, position: Value): Value;
  }
}

/** One element of a sequence. */
export const SequenceAt = defineValueOp({
  type: "SequenceAt",
  since: 11,
  doc: "One element of a sequence.",
  inputs: ["sequence", "position"],
  outputs: ["y"],
  infer({ sequence }) {
    const element = elementOf(sequence);
    return isIssue(element) ? element : { y: element };
  },
  evaluate({ sequence, position }) {
    const { items } = asSequence(sequence);
    const at = placeIn(items, asTensor(position).data[0] ?? 0, items.length - 1);
    return { y: items[at] };
  },
  grad: NO_GRADIENT,
  samples: [0, -1].map((position) => ({
    inputs: {
      sequence: {
        kind: "sequence" as const,
        items: [
          [2, 3],
          [2, 1],
        ],
      },
      position: { dims: [], dtype: "int64" as const, values: [position] },
    },
  })),
});
