import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { type Graph, sizeOf, tensor, type Value, verifyGraph } from "../ir/index.js";
import { Builder, ref } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { decomposeBatchNorm } from "./decompose-batch-norm.js";
import { foldBatchNorm } from "./fold-batch-norm.js";

const rng = rngOf(1, "batch-norm");
const numbers = (count: number, low = -1, high = 1) =>
  Array.from({ length: count }, () => Math.fround(low + (high - low) * rng.float()));

/** Scale, shift, mean and variance of `channels`. */
function constants(g: Builder, channels: number) {
  const vector = (name: string, low: number, high: number) =>
    g.initializer(name, tensor("float32", [channels], numbers(channels, low, high)));
  return [
    vector("scale", -2, 2),
    vector("shift", -1, 1),
    vector("mean", -1, 1),
    vector("variance", 0.1, 3),
  ] as const;
}

function weight(g: Builder, dims: readonly number[], name = "conv/weight") {
  return g.initializer(name, tensor("float32", dims, numbers(sizeOf(dims))));
}

function outputsOf(graph: Graph, seed = 1) {
  const random = rngOf(seed);
  const feeds = Object.fromEntries(
    graph.inputs.map((v) => [
      v.name,
      ref(
        "float32",
        v.dims,
        Float64Array.from({ length: sizeOf(v.dims) }, () => random.normal()),
      ),
    ]),
  );
  const out = interpret(graph, feeds);
  return graph.outputs.map((v) => Array.from(out[v.name]?.data ?? []));
}

function expectSame(before: Graph, after: Graph) {
  expect(verifyGraph(after)).toEqual([]);
  const [a, b] = [outputsOf(before), outputsOf(after)];
  expect(b.length).toBe(a.length);
  a.forEach((values, i) => {
    const scale = Math.max(1, ...values.map(Math.abs));
    expect(b[i]?.length).toBe(values.length);
    values.forEach((v, k) => {
      expect(Math.abs(v - (b[i]?.[k] ?? Number.NaN)) / scale).toBeLessThan(1e-5);
    });
  });
}

const norms = (graph: Graph) => graph.nodes.filter((n) => n.opType === "BatchNormalization").length;

describe("foldBatchNorm", () => {
  const image = (g: Builder) => g.input("x", "float32", [2, 4, 5, 5]);
  const behind = (
    make: (g: Builder) => Value,
    channels: number,
    also?: (g: Builder, y: Value) => Value[],
  ) => {
    const g = new Builder("fold");
    const y = make(g);
    const normed = g.BatchNormalization(y, ...constants(g, channels), { epsilon: 1e-3 });
    return g.finish([normed, ...(also?.(g, y) ?? [])]);
  };

  it.each([
    ["a convolution", behind((g) => g.Conv(image(g), weight(g, [6, 4, 3, 3])), 6)],
    [
      "one with a bias, groups and strides",
      behind(
        (g) => g.Conv(image(g), weight(g, [6, 2, 3, 3]), weight(g, [6], "b"), { group: 2, strides: [2, 2] }),
        6,
      ),
    ],
    ["a Gemm", behind((g) => g.Gemm(g.input("x", "float32", [3, 5]), weight(g, [5, 4])), 4)],
    [
      "a Gemm of transposed weights, with a bias row",
      behind(
        (g) =>
          g.Gemm(g.input("x", "float32", [3, 5]), weight(g, [4, 5]), weight(g, [1, 4], "b"), { transB: 1 }),
        4,
      ),
    ],
  ] as const)("goes into %s", (_, graph) => {
    const after = foldBatchNorm(graph);
    expect(norms(after)).toBe(0);
    expect(after.nodes.length).toBe(1);
    expectSame(graph, after);
  });

  it.each([
    [
      "the result is used elsewhere",
      behind(
        (g) => g.Conv(image(g), weight(g, [6, 4, 3, 3])),
        6,
        (g, y) => [g.Relu(y)],
      ),
    ],
    [
      "the result is an output itself",
      behind(
        (g) => g.Conv(image(g), weight(g, [6, 4, 3, 3])),
        6,
        (_, y) => [y],
      ),
    ],
    ["there is an activation between", behind((g) => g.Relu(g.Conv(image(g), weight(g, [6, 4, 3, 3]))), 6)],
    ["the input is the graph's", behind(image, 4)],
    [
      "the Gemm scales",
      behind((g) => g.Gemm(g.input("x", "float32", [3, 5]), weight(g, [5, 4]), undefined, { alpha: 2 }), 4),
    ],
    [
      "the bias of the Gemm is one number for all",
      behind((g) => g.Gemm(g.input("x", "float32", [3, 5]), weight(g, [5, 4]), weight(g, [1], "b")), 4),
    ],
    [
      "the weights are not constant",
      behind((g) => g.Conv(image(g), g.input("w", "float32", [6, 4, 3, 3])), 6),
    ],
  ] as const)("stays where %s", (_, graph) => {
    const after = foldBatchNorm(graph);
    expect(norms(after)).toBe(1);
    expectSame(graph, after);
  });

  it("stays behind operators of other domains, known to nobody here", () => {
    const graph = behind((g) => g.Conv(image(g), weight(g, [6, 4, 3, 3])), 6);
    const nodes = graph.nodes.map((n) =>
      n.opType === "Conv" ? { ...n, domain: "com.example", opType: "Blur" } : n,
    );
    const foreign = graph.with({ nodes });
    expect(norms(foldBatchNorm(foreign))).toBe(1);
    const sameName = graph.with({
      nodes: graph.nodes.map((n) => (n.opType === "Conv" ? { ...n, domain: "com.example" } : n)),
    });
    expect(norms(foldBatchNorm(sameName))).toBe(1);
  });

  it("folds a chain of layers, each into its own", () => {
    const g = new Builder("chain");
    let h = image(g);
    for (let i = 0; i < 3; i++) {
      h = g.scope(`layer${i}`, () => {
        const y = g.Conv(h, weight(g, [4, 4, 3, 3], `${g.path}weight`), { pads: [1, 1, 1, 1] });
        const parts = constants(new Builder("numbers"), 4).map((v) =>
          g.initializer(g.path + v.name, v.data ?? tensor("float32", [0], [])),
        );
        return g.Relu(g.op1("BatchNormalization", [y, ...parts]));
      });
    }
    const graph = g.finish([h]);
    const after = foldBatchNorm(graph);
    expect(after.nodes.map((n) => n.opType)).toEqual(["Conv", "Relu", "Conv", "Relu", "Conv", "Relu"]);
    expectSame(graph, after);
  });
});

describe("decomposeBatchNorm", () => {
  const training = (dims: readonly number[], epsilon: number, momentum: number) => {
    const g = new Builder("training");
    const channels = dims[1] ?? 1;
    const vector = (name: string) => g.input(name, "float32", [channels]);
    const x = g.input("x", "float32", dims);
    return g.finish(
      g.op(
        "BatchNormalization",
        [x, vector("scale"), vector("shift"), vector("mean"), vector("variance")],
        { epsilon, momentum, training_mode: 1 },
        3,
      ),
    );
  };

  it("is the training form: result and both running statistics", () => {
    const dims = fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 2, maxLength: 5 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(dims, share, (shape, momentum) => {
        const graph = training(shape, 1e-3, momentum);
        const after = decomposeBatchNorm(graph);
        expect(after.nodes.some((n) => n.attributes.training_mode !== undefined)).toBe(false);
        expectSame(graph, after);
      }),
      { numRuns: 40, seed: 5 },
    );
  });

  it("runs in ONNX Runtime, which lacks the training form, to the same numbers", async () => {
    const graph = training([3, 2, 4, 4], 1e-5, 0.9);
    const model = (it: Graph) => ({ graph: it, opsets: { "": 21 }, irVersion: 10, metadata: {} });
    const random = rngOf(6);
    const feeds = Object.fromEntries(
      graph.inputs.map((v) => [
        v.name,
        tensor(
          "float32",
          v.dims,
          Array.from({ length: sizeOf(v.dims) }, () => Math.fround(random.normal())),
        ),
      ]),
    );
    await using session = await ortNode.load(model(decomposeBatchNorm(graph)));
    const out = Object.values(await session.run(feeds));
    const expected = interpret(
      graph,
      Object.fromEntries(
        Object.entries(feeds).map(([k, t]) => [k, ref("float32", t.dims, Float64Array.from(t.data, Number))]),
      ),
    );
    graph.outputs.forEach((v, i) => {
      expected[v.name]?.data.forEach((value, k) => {
        expect(Math.abs(value - Number(out[i]?.data[k]))).toBeLessThan(1e-5);
      });
    });
  });

  it("leaves the inference form as it is", () => {
    const g = new Builder("inference");
    const graph = g.finish([g.BatchNormalization(g.input("x", "float32", [2, 3]), ...constants(g, 3))]);
    expect(decomposeBatchNorm(graph).nodes).toEqual(graph.nodes);
  });
});
