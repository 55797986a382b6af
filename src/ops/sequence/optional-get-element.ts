import { fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineValueOp } from "../define-value.js";
import { NO_GRADIENT } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** What an optional value holds; what is not optional is given back. */
    OptionalGetElement(x: Value): Value;
  }
}

/** The content of an optional value; an error of the run where there is none. */
export const OptionalGetElement = defineValueOp({
  type: "OptionalGetElement",
  since: 15,
  doc: "The content of an optional value.",
  inputs: ["x"],
  outputs: ["y"],
  infer: ({ x }) => ({ y: x.kind === "optional" ? x.element : x }),
  evaluate({ x }) {
    if (!("kind" in x) || x.kind !== "optional") return { y: x };
    return { y: x.value ?? fail("optional_absent", { expected: "an optional value that is there" }) };
  },
  grad: NO_GRADIENT,
  samples: [{ inputs: { x: { kind: "optional", items: [[2, 3]] } } }],
});
