import { tensorType, type Value } from "../../ir/index.js";
import { defineValueOp } from "../define-value.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Whether an optional value is there, a bool scalar; without an input it is not. */
    OptionalHasElement(x?: Value): Value;
  }
}

/** Whether an optional value is there. */
export const OptionalHasElement = defineValueOp({
  type: "OptionalHasElement",
  since: 15,
  doc: "Whether an optional value is there.",
  inputs: ["x?"],
  outputs: ["y"],
  infer: () => ({ y: tensorType("bool", []) }),
  evaluate({ x }) {
    const there = x !== undefined && !("kind" in x && x.kind === "optional" && x.value === undefined);
    return { y: ref("bool", [], Float64Array.of(Number(there))) };
  },
  grad: "zero",
  samples: [{ inputs: { x: { kind: "optional", items: [[2, 3]] } } }],
});
