import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { refText } from "../reference.js";
import { stringIssue } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** x [words] or [1, words] without the stop words, in upper or lower case where asked. */
    StringNormalizer(
      x: Value,
      attrs?: {
        case_change_action?: "NONE" | "LOWER" | "UPPER";
        is_case_sensitive?: 0 | 1;
        locale?: string;
        stopwords?: readonly string[];
      },
    ): Value;
  }
}

/** Words without stop words, in one case. Where no word is left, one empty string is. */
export const StringNormalizer = defineOp({
  type: "StringNormalizer",
  since: 10,
  doc: "Words without stop words, in upper or lower case where asked.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: {
    case_change_action: attr.string("NONE"),
    is_case_sensitive: attr.int(0),
    locale: attr.string(),
    stopwords: attr.strings(),
  },
  infer({ x }, { stopwords }) {
    const wrong = stringIssue(x);
    if (wrong !== undefined) return wrong;
    const [first] = x.shape;
    if (x.shape.length === 0 || x.shape.length > 2 || (x.shape.length === 2 && dim.conflict(first ?? 1, 1))) {
      return issue("text_shape", { expected: "[words] or [1, words]", received: dim.format(x.shape) });
    }
    const words = stopwords === undefined ? (x.shape.at(-1) ?? 1) : dim.unknown();
    return { y: { dtype: "string" as const, shape: [...x.shape.slice(0, -1), words] } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, attrs) {
    const fold = (s: string) => (attrs.is_case_sensitive === 1 ? s : s.toLowerCase());
    const stop = new Set((attrs.stopwords ?? []).map(fold));
    const kept = (x.text ?? []).filter((s) => !stop.has(fold(s)));
    const words = kept.length === 0 ? [""] : kept.map((s) => changed(s, attrs.case_change_action));
    return { y: refText([...x.dims.slice(0, -1), words.length], words) };
  },
  grad: "zero",
  samples: [
    {
      inputs: { x: { dims: [3], dtype: "string", text: ["Monday", "tuesday", "WEDNESDAY"], feed: true } },
      attrs: { locale: "C", case_change_action: "LOWER", is_case_sensitive: 1, stopwords: ["Monday"] },
    },
    {
      inputs: { x: { dims: [1, 2], dtype: "string", text: ["Monday", "tuesday"], feed: true } },
      attrs: { locale: "C", case_change_action: "UPPER", stopwords: ["monday"] },
    },
    {
      inputs: { x: { dims: [2], dtype: "string", text: ["a", "A"], feed: true } },
      attrs: { locale: "C", is_case_sensitive: 0, stopwords: ["a"] },
    },
  ],
});

function changed(text: string, action: string): string {
  if (action === "LOWER") return text.toLowerCase();
  return action === "UPPER" ? text.toUpperCase() : text;
}
