import { issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineValueOp } from "../define-value.js";
import { NO_GRADIENT, optional } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** A tensor or sequence as a value that might be absent. */
    Optional(x: Value): Value;
  }
}

/** A value that may be there; without an input, one that is not (its type is then an attribute, kept unread). */
export const Optional = defineValueOp({
  type: "Optional",
  since: 15,
  doc: "A tensor or sequence as an optional value; without an input, one that is absent.",
  inputs: ["x?"],
  outputs: ["y"],
  attributes: { type: attr.opaque() },
  infer({ x }, { type }) {
    if (x === undefined && type === undefined) {
      return issue("optional_type", {
        expected: "an input, or the type of what is absent",
        received: "neither",
      });
    }
    if (x?.kind === "optional") {
      return issue("optional_type", { expected: "a tensor or a sequence", received: "an optional value" });
    }
    return { y: x && { kind: "optional" as const, element: x } };
  },
  evaluate({ x }) {
    return { y: optional(x === undefined || ("kind" in x && x.kind === "optional") ? undefined : x) };
  },
  grad: NO_GRADIENT,
  samples: [{ inputs: { x: [2, 3] } }],
});
