import { fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { stringIssue } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Whether a pattern (RE2 syntax) matches a string from its beginning to its end. */
    RegexFullMatch(x: Value, attrs: { pattern: string }): Value;
  }
}

/** Whether strings match a pattern. The reference takes what RE2 and JavaScript have in common. */
export const RegexFullMatch = defineOp({
  type: "RegexFullMatch",
  since: 20,
  doc: "Whether a pattern matches whole strings.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { pattern: attr.string("") },
  infer: ({ x }) => stringIssue(x) ?? { y: { dtype: "bool" as const, shape: x.shape } },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { pattern }) {
    const matcher = compiled(pattern);
    return {
      y: ref(
        "bool",
        x.dims,
        Float64Array.from(x.text ?? [], (s) => Number(matcher.test(s))),
      ),
    };
  },
  grad: "zero",
  samples: [
    {
      inputs: {
        x: { dims: [3], dtype: "string", text: ["www.google.com", "a@b.c", "www.x.org"], feed: true },
      },
      attrs: { pattern: "www\\.[\\w.-]+\\.\\bcom\\b" },
    },
  ],
});

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, "su");
  } catch (error) {
    return fail("regex_pattern", {
      received: String(error),
      hint: "RE2 and JavaScript differ in some constructs",
    });
  }
}
