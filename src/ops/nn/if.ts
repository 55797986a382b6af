import { fail, issue } from "../../base/index.js";
import { type Graph, tensor, Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { eitherType, sampleGraph, sampleValue } from "./subgraph.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Outputs of one of two graphs without inputs (made by `g.subgraph`), chosen by a bool scalar. */
    If(condition: Value, attrs: { then_branch: Graph; else_branch: Graph }): Value[];
  }
}

/** One of two subgraphs, chosen at run time. */
export const If = defineOp({
  type: "If",
  since: 13,
  doc: "Outputs of one of two subgraphs, chosen by a condition.",
  inputs: ["condition"],
  outputs: ["ys..."],
  attributes: { then_branch: attr.graph(), else_branch: attr.graph() },
  outputCount: (_, { then_branch }) => then_branch?.outputs.length ?? 0,
  infer(_, { then_branch, else_branch }, { subgraph }) {
    if (then_branch === undefined || else_branch === undefined) {
      return issue("attribute_missing", { expected: "then_branch and else_branch" });
    }
    if (then_branch.outputs.length !== else_branch.outputs.length) {
      return issue("if_outputs", {
        expected: "as many outputs of one branch as of the other",
        received: `${then_branch.outputs.length} and ${else_branch.outputs.length}`,
      });
    }
    const other = subgraph(else_branch);
    return { ys: subgraph(then_branch).map((type, i) => eitherType(type, other[i])) };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ condition }, { then_branch, else_branch }, { run }) {
    const branch = condition.data[0] === 0 ? else_branch : then_branch;
    return { ys: run(branch ?? fail("attribute_missing", { expected: "both branches" }), []) };
  },
  grad: { none: "compute both branches and choose by Where" },
  samples: [true, false].map((feed) => ({
    inputs: { condition: { dims: [], dtype: "bool" as const, values: [Number(feed)], feed } },
    attrs: branches(),
  })),
});

function branches() {
  const branch = (name: string, op: string) => {
    const held = Value.constant(`${name}_held`, tensor("float32", [2], [0.25, -3]));
    const out = sampleValue(`${name}_out`, [2]);
    return sampleGraph(name, [], [out], [[op, [held], out]]).with({ initializers: [held] });
  };
  return { then_branch: branch("then", "Neg"), else_branch: branch("else", "Abs") };
}
