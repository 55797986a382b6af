import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref, refText } from "../reference.js";
import { stringIssue } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The parts of each string along a new last axis (filled up with empty strings), and how many there are. */
    StringSplit(x: Value, attrs?: { delimiter?: string; maxsplit?: number }): [Value, Value];
  }
}

/** Strings cut at a delimiter, or at white space. */
export const StringSplit = defineOp({
  type: "StringSplit",
  since: 20,
  doc: "Strings cut at a delimiter or white space, and the number of parts of each.",
  inputs: ["x"],
  outputs: ["y", "counts"],
  attributes: { delimiter: attr.string(""), maxsplit: attr.int() },
  infer({ x }) {
    return (
      stringIssue(x) ?? {
        y: { dtype: "string" as const, shape: [...x.shape, dim.unknown()] },
        counts: { dtype: "int64" as const, shape: x.shape },
      }
    );
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { delimiter, maxsplit = Number.POSITIVE_INFINITY }) {
    const parts = (x.text ?? []).map((s) => split(s, delimiter, maxsplit));
    const most = Math.max(0, ...parts.map((p) => p.length));
    const text = parts.flatMap((p) => Array.from({ length: most }, (_, i) => p[i] ?? ""));
    return {
      y: refText([...x.dims, most], text),
      counts: ref(
        "int64",
        x.dims,
        Float64Array.from(parts, (p) => p.length),
      ),
    };
  },
  grad: "zero",
  samples: [
    {
      inputs: { x: { dims: [2], dtype: "string", text: ["a.b.c", "d"], feed: true } },
      attrs: { delimiter: "." },
    },
    { inputs: { x: { dims: [2], dtype: "string", text: [" a  b c ", ""], feed: true } } },
    {
      inputs: { x: { dims: [1, 2], dtype: "string", text: ["a-b-c", "d-"], feed: true } },
      attrs: { delimiter: "-", maxsplit: 1 },
    },
  ],
});

function split(text: string, delimiter: string, most: number): string[] {
  const parts: string[] = [];
  if (delimiter === "") {
    let rest = text.trimStart();
    while (rest !== "" && parts.length < most) {
      const gap = /\s+/.exec(rest);
      if (gap === null) break;
      parts.push(rest.slice(0, gap.index));
      rest = rest.slice(gap.index + gap[0].length);
    }
    return rest === "" ? parts : [...parts, rest];
  }
  if (text === "") return [];
  let rest = text;
  for (let at = rest.indexOf(delimiter); at >= 0 && parts.length < most; at = rest.indexOf(delimiter)) {
    parts.push(rest.slice(0, at));
    rest = rest.slice(at + delimiter.length);
  }
  return [...parts, rest];
}
