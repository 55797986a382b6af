import { broadcastShapes } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { broadcastIssue } from "../elementwise.js";
import { expandRef, ref, refText } from "../reference.js";
import { stringIssue, textAt } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Strings one after the other, under broadcasting. */
    StringConcat(a: Value, b: Value): Value;
  }
}

/** Strings joined in pairs. */
export const StringConcat = defineOp({
  type: "StringConcat",
  since: 20,
  doc: "Strings of two tensors joined in pairs, under broadcasting.",
  inputs: ["a", "b"],
  outputs: ["y"],
  infer({ a, b }) {
    const shape = broadcastShapes(a.shape, b.shape);
    if (shape === undefined) return broadcastIssue([a, b]);
    return stringIssue(a) ?? stringIssue(b) ?? { y: { dtype: "string" as const, shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ a, b }) {
    const dims = (broadcastShapes(a.dims, b.dims) ?? a.dims).map(Number);
    // Broadcast the places of the strings, then read them.
    const places = (x: typeof a) =>
      expandRef(ref("int64", x.dims, Float64Array.from(x.data.keys())), dims).data;
    const [left, right] = [places(a), places(b)];
    const text = Array.from(left, (at, i) => textAt(a, at) + textAt(b, right[i] ?? 0));
    return { y: refText(dims, text) };
  },
  grad: "zero",
  samples: [
    {
      inputs: {
        a: { dims: [2], dtype: "string", text: ["abc", "d"], feed: true },
        b: { dims: [2, 1], dtype: "string", text: ["-", "é"], feed: true },
      },
    },
  ],
});
