import { describe, expect, it } from "vitest";
import { type Graph, type Value, verifyGraph } from "../ir/index.js";
import { decodeModel, encodeModel } from "../onnx/index.js";
import { Builder, inline, ref } from "../ops/index.js";
import { dropGradientRules, eliminateIdentity, mergeCommonSubexpressions } from "../passes/index.js";
import { interpret } from "../runtime/index.js";
import { customGradient, gradients, stopGradient, straightThrough } from "./index.js";

const sum = (g: Builder, v: Value) => g.ReduceSum(v, undefined, { keepdims: 0 });
const only = <T>(list: readonly (T | undefined)[]): T => {
  const [item] = list;
  if (item === undefined) throw new Error("nothing there");
  return item;
};

function numbers(graph: Graph, x: readonly number[]): number[][] {
  expect(verifyGraph(graph)).toEqual([]);
  const results = interpret(graph, { x: ref("float32", [x.length], Float64Array.from(x)) });
  return graph.outputs.map((v) => Array.from(results[v.name]?.data ?? []));
}

/** x² · stop(x²) + round(x) with the gradient of x³; the gradient is 2x · x² + 3x². */
function marked(g: Builder, x: Value): Value {
  const square = g.Mul(x, x);
  const stopped = g.Mul(square, stopGradient(g, g.Mul(x, x)));
  return g.Add(stopped, straightThrough(g, g.Round(x), g.Mul(x, g.Mul(x, x))));
}
const expected = (x: number) => 2 * x ** 3 + 3 * x ** 2;

/** The same inside a Scan over the elements. */
function scanned(g: Builder, x: Value): Value {
  const body = g.subgraph("each", [{ name: "x", dtype: "float32", shape: [] }], (b, x) => [
    marked(b, x as Value),
  ]);
  return only(g.Scan([x], { body, num_scan_inputs: 1 }));
}

describe.each([
  ["marked values", marked],
  ["marked values in a loop", scanned],
])("%s", (_, build) => {
  const graph = (() => {
    const g = new Builder("function");
    const x = g.input("x", "float32", [3]);
    return g.finish([g.identityAs(build(g, x), "y")]);
  })();
  const x = [1.25, -2, 0.75];
  const gradientOf = (it: Graph) => {
    const g = new Builder("outer");
    const x = g.input("x", "float32", [3]);
    const y = only(inline(g, it, new Map([[only(it.inputs), x]])));
    return g.finish([only(gradients(g, sum(g, y), [x]))]);
  };

  it.each<[string, (g: Graph) => Graph]>([
    ["as they are", (g) => g],
    ["through common subexpressions", mergeCommonSubexpressions],
    ["through the elimination of identities", eliminateIdentity],
    ["through both, twice", (g) => eliminateIdentity(mergeCommonSubexpressions(eliminateIdentity(g)))],
    [
      "inlined once more",
      (g) => {
        const outer = new Builder("once_more");
        const x = outer.input("x", "float32", [3]);
        return outer.finish(inline(outer, g, new Map([[only(g.inputs), x]])));
      },
    ],
  ])("keep their gradients %s", (_, pass) => {
    const [got] = numbers(gradientOf(pass(graph)), x);
    got?.forEach((d, i) => {
      expect(d).toBeCloseTo(expected(x[i] ?? 0), 12);
    });
  });

  it("are the plain function once the rules are dropped", () => {
    const plain = dropGradientRules(graph);
    expect(numbers(plain, x)).toEqual(numbers(graph, x));
    const [got] = numbers(gradientOf(plain), x);
    got?.forEach((d, i) => {
      expect(d).toBeCloseTo(4 * (x[i] ?? 0) ** 3, 12);
    });
  });

  it("say in a file what they were", () => {
    const model = decodeModel(encodeModel({ graph, opsets: { "": 21 }, irVersion: 10, metadata: {} }));
    expect(numbers(model.graph, x)).toEqual(numbers(graph, x));
    expect(() => gradientOf(model.graph)).toThrow(/gradient_custom at .*not kept in the file/);
    expect(encodeModel(model)).toEqual(encodeModel(decodeModel(encodeModel(model))));
  });
});

it("a stopped gradient stays stopped in a file", () => {
  const g = new Builder("stop");
  const x = g.input("x", "float32", [1]);
  const graph = g.finish([g.Mul(x, stopGradient(g, x))]);
  const read = decodeModel(encodeModel({ graph, opsets: { "": 21 }, irVersion: 10, metadata: {} })).graph;
  const outer = new Builder("outer");
  const z = outer.input("x", "float32", [1]);
  const y = only(inline(outer, read, new Map([[only(read.inputs), z]])));
  expect(numbers(outer.finish([only(gradients(outer, y, [z]))]), [3])).toEqual([[3]]);
});

describe("customGradient", () => {
  it("is differentiated by its own rule again, where the rule reads the result", () => {
    const g = new Builder("exp");
    const x = g.input("x", "float32", [2]);
    // Computes eˣ, says that its derivative is twice itself: so the second derivative is four times.
    const [y] = customGradient(
      g,
      [x],
      (b, x) => b.Exp(x),
      (b, { outputs, grads }) => [b.Mul(b.Mul(only(grads), only(outputs)), b.scalar(2))],
    );
    const first = only(gradients(g, sum(g, only([y])), [x]));
    const second = only(gradients(g, sum(g, first), [x]));
    const [one, two] = numbers(g.finish([first, second]), [0.5, -1]);
    expect(one).toEqual([2 * Math.exp(0.5), 2 * Math.exp(-1)]);
    expect(two).toEqual([4 * Math.exp(0.5), 4 * Math.exp(-1)]);
  });

  it("takes several inputs and results, and sums what the results give", () => {
    const g = new Builder("several");
    const x = g.input("x", "float32", [2]);
    const w = g.input("w", "float32", [1]);
    const [a, b] = customGradient(
      g,
      [x, w],
      (b, x, w) => [b.Floor(b.Mul(x, w)), b.Ceil(x)],
      (b, { inputs: [x, w], grads: [da, db] }) => {
        if (da !== undefined && x !== undefined && w !== undefined) return [b.Mul(da, w), b.Mul(da, x)];
        return [db && b.Mul(db, b.scalar(10))];
      },
    ) as [Value, Value];
    const loss = sum(g, g.Add(g.Mul(a, g.scalar(3)), b));
    const [dx, dw] = gradients(g, loss, [x, w]);
    const graph = g.finish([only([dx]), only([dw])]);
    const feeds = {
      x: ref("float32", [2], Float64Array.of(1.5, 4)),
      w: ref("float32", [1], Float64Array.of(2)),
    };
    const results = interpret(graph, feeds);
    expect(Array.from(results[dx?.name ?? ""]?.data ?? [])).toEqual([16, 16]);
    expect(Array.from(results[dw?.name ?? ""]?.data ?? [])).toEqual([16.5]);
  });

  it("lets nothing else into the function, and refuses more gradients than inputs", () => {
    const g = new Builder("closed");
    const x = g.input("x", "float32", [1]);
    const w = g.input("w", "float32", [1]);
    const [y] = customGradient(
      g,
      [x],
      (b, x) => b.Mul(x, w),
      (_, { grads }) => grads,
    );
    expect(gradients(g, only([y]), [w])).toEqual([undefined]);
    expect(() =>
      customGradient(
        g,
        [x],
        (b, x) => b.Neg(x),
        (_, { grads }) => [...grads, ...grads],
      ),
    ).toThrow(/gradient_count at .*expected a gradient \(or undefined\) for each of 1 inputs, received 2/);
  });
});
