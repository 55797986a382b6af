import { describe, expect, it } from "vitest";
import { ONNX_DTYPE, tensor, verifyGraph } from "../ir/index.js";
import { asTensor, Builder, opOf, readAttributes, refOf, tensorOf } from "../ops/index.js";
import { eliminateIdentity, foldConstants, mergeCommonSubexpressions, type Run } from "./index.js";

const run: Run = (opType, inputs, attributes, outputCount) => {
  const definition = opOf(opType);
  return definition
    .evaluate(
      inputs.map((t) => t && refOf(t)),
      readAttributes(definition.attributes, attributes),
      { outputCount, run: () => [] },
    )
    .map((t) => t && tensorOf(asTensor(t)));
};

describe("mergeCommonSubexpressions", () => {
  it("merges equal nodes, and then those that have become equal", () => {
    const g = new Builder("twins");
    const x = g.input("x", "float32", [3]);
    const graph = g.finish([g.Add(g.Exp(g.Neg(x)), g.Exp(g.Neg(x)))]);
    const after = mergeCommonSubexpressions(graph);
    expect(after.nodes.map((n) => n.opType)).toEqual(["Neg", "Exp", "Add"]);
    expect(after.nodes[2]?.inputs[0]).toBe(after.nodes[2]?.inputs[1]);
  });

  it("keeps what differs in attributes, order of inputs or randomness", () => {
    const g = new Builder("others");
    const x = g.input("x", "float32", [3, 3]);
    const y = g.input("y", "float32", [3, 3]);
    const graph = g.finish([
      g.Softmax(x, { axis: 0 }),
      g.Softmax(x, { axis: 1 }),
      g.Sub(x, y),
      g.Sub(y, x),
      g.Dropout(x),
      g.Dropout(x),
    ]);
    expect(mergeCommonSubexpressions(graph).nodes.length).toBe(6);
  });

  it("leaves the graph's outputs their names, even where two are the same", () => {
    const g = new Builder("outputs");
    const x = g.input("x", "float32", [3]);
    const graph = g.finish([g.Relu(x), g.Relu(x)]);
    const after = mergeCommonSubexpressions(graph);
    expect(verifyGraph(after)).toEqual([]);
    expect(after.outputs.map((v) => v.name)).toEqual(graph.outputs.map((v) => v.name));
  });

  it("does not take a 0 attribute tensor for a -0, nor 1 for another type's 1", () => {
    const g = new Builder("constants");
    const of = (value: number) => g.ConstantOfShape(g.i64([2]), { value: tensor("float32", [1], [value]) });
    const graph = g.finish([g.Div(g.scalar(1), of(0)), g.Div(g.scalar(1), of(-0)), of(1)]);
    expect(mergeCommonSubexpressions(graph).nodes.length).toBe(5);
  });
});

it("the builder, too, keeps constants apart that only look alike", () => {
  const g = new Builder("constants");
  expect(g.scalar(0)).toBe(g.scalar(0));
  expect(g.scalar(0)).not.toBe(g.scalar(-0));
  const words = (data: string[]) => g.constant({ dtype: "string", dims: [2], data });
  expect(words(["a,b", "c"])).not.toBe(words(["a", "b,c"]));
});

describe("eliminateIdentity", () => {
  it("drops what passes through, and keeps an output's own node", () => {
    const g = new Builder("through");
    const x = g.input("x", "float32", [2, 3]);
    const same = g.Reshape(g.Cast(g.Dropout(g.Identity(x)), { to: ONNX_DTYPE.float32 }), g.i64([2, 3]));
    const graph = g.finish([g.identityAs(g.Relu(same), "y"), g.identityAs(x, "x_again")]);
    const after = eliminateIdentity(graph);
    expect(after.nodes.map((n) => n.opType)).toEqual(["Relu", "Identity", "Identity"]);
    expect(after.nodes[0]?.inputs).toEqual([x]);
    expect(after.outputs.map((v) => v.name)).toEqual(["y", "x_again"]);
  });

  it("keeps what changes type, shape or values", () => {
    const g = new Builder("changes");
    const x = g.input("x", "float32", [2, 3]);
    const training = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
    const graph = g.finish([
      g.Relu(g.Cast(x, { to: ONNX_DTYPE.float64 })),
      g.Relu(g.Reshape(x, g.i64([3, 2]))),
      g.Relu(g.Expand(x, g.i64([4, 2, 3]))),
      g.Relu(g.Dropout(x, g.scalar(0.5), training)),
    ]);
    expect(eliminateIdentity(graph).nodes.length).toBe(8);
  });
});

describe("foldConstants", () => {
  it("computes what depends on constants alone, through any number of nodes", () => {
    const g = new Builder("folds");
    const x = g.input("x", "float32", [2]);
    const sum = g.Add(g.scalar(2), g.Mul(g.scalar(3), g.scalar(4)));
    const after = foldConstants(g.finish([g.Mul(x, sum)]), run);
    expect(after.nodes.map((n) => n.opType)).toEqual(["Mul"]);
    expect(after.nodes[0]?.inputs[1]?.data?.data).toEqual(Float32Array.of(14));
    expect(verifyGraph(after)).toEqual([]);
  });

  it("leaves random and huge results to be computed", () => {
    const g = new Builder("leaves");
    const huge = g.ConstantOfShape(g.i64([1000, 1000]), { value: tensor("float32", [1], [1]) });
    const training = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
    const dropped = g.Dropout(g.constant(tensor("float32", [2], [1, 2])), g.scalar(0.5), training);
    expect(foldConstants(g.finish([huge, dropped]), run).nodes.length).toBe(2);
  });
});
