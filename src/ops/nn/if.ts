import { fail, issue } from "../../base/index.js";
import { capturedBy, type Graph, isFloat, prune, tensor, Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { inline } from "../inline.js";
import { zerosLike } from "./reverse-scan.js";
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
  anyValue: true,
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
  // An If of the two branches' gradients: each computes its branch again, as only one of them was computed.
  grad(g, { condition }, { ys: seeds }, { attrs: { then_branch, else_branch }, walk }) {
    if (then_branch === undefined || else_branch === undefined) return {};
    const used = [...new Set([...capturedBy(then_branch), ...capturedBy(else_branch)])].filter(walk.wanted);
    const branches = [then_branch, else_branch].map((branch) => {
      const inner = g.inside(`${branch.name}_grad`);
      const outputs = inline(inner, branch, new Map());
      const given = outputs.flatMap((y, i) => {
        const dy = seeds?.[i];
        return dy === undefined || !isFloat(y.dtype) ? [] : [[y, dy] as const];
      });
      return { inner, grads: walk.pullback(inner, given, used) };
    });
    const reached = used.filter((_, i) => branches.some(({ grads }) => grads[i] !== undefined));
    if (reached.length === 0) return {};
    const [then, otherwise] = branches.map(({ inner, grads }) => {
      const outputs = reached.map((v) => {
        const grad = grads[used.indexOf(v)];
        return inner.op1("Identity", [grad === undefined ? zerosLike(inner, v) : grad]);
      });
      return prune(inner.finish(outputs));
    });
    const results = g.op("If", [condition], { then_branch: then, else_branch: otherwise });
    results.forEach((grad, i) => {
      const value = reached[i];
      if (value !== undefined) walk.add(value, grad);
    });
    return {};
  },
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
