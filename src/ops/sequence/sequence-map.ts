import { fail, issue } from "../../base/index.js";
import type { Graph, Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineValueOp } from "../define-value.js";
import { sampleGraph, sampleValue } from "../nn/subgraph.js";
import { asTensor, type RefTensor } from "../reference.js";
import { asSequence, NO_GRADIENT, sequence, sequenceType } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `body` (made by `g.subgraph`) for each element; further sequences give it their elements, tensors themselves. */
    SequenceMap(sequence: Value, more: readonly Value[], attrs: { body: Graph }): Value[];
  }
}

/** A subgraph applied to each element of a sequence. */
export const SequenceMap = defineValueOp({
  type: "SequenceMap",
  since: 17,
  doc: "A subgraph applied to each element of a sequence.",
  inputs: ["sequence", "more..."],
  outputs: ["ys..."],
  attributes: { body: attr.graph() },
  outputCount: ({ body }) => body?.outputs.length ?? 0,
  infer(inputs, { body }, { subgraph }) {
    if (body === undefined) return issue("attribute_missing", { expected: "body" });
    if (body.inputs.length !== inputs.more.length + 1) {
      return issue("sequence_map_body", {
        expected: `a body of ${inputs.more.length + 1} inputs`,
        received: `${body.inputs.length}`,
      });
    }
    return { ys: subgraph(body).map((type) => type && sequenceType(type.dtype, type.shape)) };
  },
  evaluate(inputs, { body }, { run }) {
    if (body === undefined) return fail("attribute_missing", { expected: "body" });
    const results: RefTensor[][] = body.outputs.map(() => []);
    asSequence(inputs.sequence).items.forEach((item, i) => {
      const more = inputs.more.map((v) => {
        if (!("kind" in v) || v.kind !== "sequence") return v;
        return v.items[i] ?? fail("sequence_length", { expected: `${i + 1} elements or more` });
      });
      run(body, [item, ...more]).forEach((value, k) => {
        results[k]?.push(asTensor(value));
      });
    });
    return { ys: results.map(sequence) };
  },
  grad: NO_GRADIENT,
  samples: [
    {
      inputs: { sequence: { kind: "sequence", items: [[2], [2]] }, more: [[2]] },
      attrs: { body: adding() },
    },
  ],
});

function adding(): Graph {
  const [a, b, sum] = ["map_a", "map_b", "map_sum"].map((n) => sampleValue(n, [2])) as [Value, Value, Value];
  return sampleGraph("each", [a, b], [sum], [["Add", [a, b], sum]]);
}
