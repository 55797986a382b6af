import { describe, expect, it } from "vitest";
import { numbersOf, verifyGraph } from "../ir/index.js";
import { type RefTensor, ref, tensorOf } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { convBn } from "./layers/conv-bn.js";
import { batchNorm, dropout, dropPath, globalAveragePool, linear } from "./layers/index.js";
import { bakeWeights, buildNetwork, countParams, initialWeights, NetworkBuilder } from "./network.js";

function uniform(key: number, shape: readonly number[], calls = 1): Float64Array[] {
  const g = new NetworkBuilder("random", true, 1);
  const values = Array.from({ length: calls }, () => g.random(shape));
  const graph = g.finish(values);
  const out = interpret(graph, { random_key: ref("uint32", [], Float64Array.of(key)) });
  return graph.outputs.map((v) => out[v.name]?.data ?? new Float64Array());
}

/** χ² of counts against equal ones. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

describe("counterUniform", () => {
  const size = 20_000;
  const keys = [0, 1, 2, 0xffffffff, 0x9e3779b9];

  it.each(keys)("key %d: in [0, 1), with the mean, variance and spread of uniform numbers", (key) => {
    const [values = new Float64Array()] = uniform(key, [size]);
    expect(values.length).toBe(size);
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true);
    const mean = values.reduce((a, b) => a + b, 0) / size;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
    // Five standard errors.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / size));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / size));
    const counts = new Array<number>(100).fill(0);
    for (const v of values) counts[Math.floor(v * 100)] = (counts[Math.floor(v * 100)] ?? 0) + 1;
    // 99 degrees of freedom: mean 99, standard deviation 14.
    expect(chiSquare(counts)).toBeLessThan(99 + 5 * 14.1);
    expect(chiSquare(counts)).toBeGreaterThan(99 - 5 * 14.1);
  });

  it("has no memory from one place to the next, nor from one key or call to the next", () => {
    const [a = new Float64Array(), b = new Float64Array()] = uniform(7, [size], 2);
    const [c = new Float64Array()] = uniform(8, [size]);
    const correlation = (x: Float64Array, y: Float64Array) => {
      let sum = 0;
      for (let i = 0; i < y.length; i++) sum += ((x[i] ?? 0) - 0.5) * ((y[i] ?? 0) - 0.5) * 12;
      return sum / y.length;
    };
    for (const [x, y] of [
      [a, b],
      [a, c],
      [a, a.subarray(1)],
      [a, a.subarray(32)],
    ] as const) {
      expect(Math.abs(correlation(x, y))).toBeLessThan(5 / Math.sqrt(size));
    }
  });

  it("gives the same numbers in ONNX Runtime, bit for bit", async () => {
    const g = new NetworkBuilder("random", true, 1);
    const value = g.random([50, 20]);
    const graph = g.finish([value]);
    const key = ref("uint32", [], Float64Array.of(123_456_789));
    await using session = await ortNode.load({ graph, opsets: { "": 21 }, irVersion: 10, metadata: {} });
    const out = await session.run({ random_key: tensorOf(key) });
    expect(numbersOf(out[value.name] ?? tensorOf(key))).toEqual(
      Array.from(interpret(graph, { random_key: key })[value.name]?.data ?? []),
    );
  });
});

function tiny(training: boolean, batch: number | "N") {
  return buildNetwork(
    "tiny",
    [{ name: "x", dtype: "float32", shape: [2, 4, 4] }],
    (g, [x]) => {
      if (x === undefined) throw new Error("no input");
      const h = g.scope("conv", () => convBn(g, x, 3, { kernel: 3, activation: "relu" }));
      return { y: g.scope("out", () => linear(g, globalAveragePool(g, h), 2)) };
    },
    { training, batch },
  );
}

describe("buildNetwork", () => {
  it("declares parameters and states once, named by scope, in both forms alike", () => {
    for (const network of [tiny(true, 2), tiny(false, "N")]) {
      expect(verifyGraph(network.graph)).toEqual([]);
      expect(network.params.map((p) => `${p.name} ${p.shape.join("x")} ${p.decay}`)).toEqual([
        "conv/weight 3x2x3x3 true",
        "conv/scale 3 false",
        "conv/shift 3 false",
        "out/weight 2x3 true",
        "out/bias 2 false",
      ]);
      expect(network.states.map((s) => `${s.name} ${s.initial}`)).toEqual([
        "conv/running_mean 0",
        "conv/running_variance 1",
      ]);
      expect(countParams(network)).toBe(54 + 3 + 3 + 6 + 2);
    }
  });

  it("draws a parameter from a stream of its own name: others do not move it", () => {
    const network = tiny(false, "N");
    const alone = { params: network.params.filter((p) => p.name === "out/weight"), states: [] };
    expect(Array.from(initialWeights(alone, 4).params)).toEqual(
      Array.from(initialWeights(network, 4).params.slice(60, 66)),
    );
    expect(initialWeights(network, 4).params).not.toEqual(initialWeights(network, 5).params);
  });

  it("bakes weights in without changing what is computed; other sizes are refused", () => {
    const network = tiny(false, "N");
    const weights = initialWeights(network, 1);
    const baked = bakeWeights(network, weights);
    expect(verifyGraph(baked)).toEqual([]);
    expect(baked.inputs.map((v) => v.name)).toEqual(["x"]);
    const x = ref(
      "float32",
      [1, 2, 4, 4],
      Float64Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    );
    const feeds: Record<string, RefTensor> = { x };
    let at = 0;
    for (const p of network.params) {
      const size = p.shape.reduce((a, b) => a * b, 1);
      feeds[p.name] = ref("float32", p.shape, Float64Array.from(weights.params.slice(at, at + size)));
      at += size;
    }
    feeds["conv/running_mean"] = ref("float32", [3]);
    feeds["conv/running_variance"] = ref("float32", [3], Float64Array.of(1, 1, 1));
    const [name = ""] = network.graph.outputs.map((v) => v.name);
    expect(interpret(baked, { x })[name]?.data).toEqual(interpret(network.graph, feeds)[name]?.data);
    expect(() => bakeWeights(network, { ...weights, params: weights.params.slice(1) })).toThrow(
      /weights_size/,
    );
  });

  it("updates running statistics towards the batch's", () => {
    const network = buildNetwork(
      "bn",
      [{ name: "x", dtype: "float32", shape: [1] }],
      (g, [x]) => ({ y: batchNorm(g, x ?? g.scalar(0), { momentum: 0.75 }) }),
      { training: true, batch: 4 },
    );
    const out = interpret(network.graph, {
      x: ref("float32", [4, 1], Float64Array.of(1, 3, 5, 7)),
      scale: ref("float32", [1], Float64Array.of(2)),
      shift: ref("float32", [1], Float64Array.of(10)),
      running_mean: ref("float32", [1], Float64Array.of(8)),
      running_variance: ref("float32", [1], Float64Array.of(1)),
    });
    const [y, mean, variance] = network.graph.outputs.map((v) => Array.from(out[v.name]?.data ?? []));
    expect(y?.[0]).toBeCloseTo(10 + (2 * (1 - 4)) / Math.sqrt(5 + 1e-5), 5);
    expect(mean?.[0]).toBeCloseTo(0.75 * 8 + 0.25 * 4, 6);
    expect(variance?.[0]).toBeCloseTo(0.75 * 1 + 0.25 * 5, 6);
  });
});

describe.each([
  ["dropout", dropout, 2000],
  ["dropPath", dropPath, 200],
] as const)("%s", (_, layer, groups) => {
  const run = (training: boolean, rate: number) => {
    const network = buildNetwork(
      "drop",
      [{ name: "x", dtype: "float32", shape: [10] }],
      (g, [x]) => ({ y: layer(g, x ?? g.scalar(0), rate) }),
      { training, batch: 200 },
    );
    const x = ref("float32", [200, 10], new Float64Array(2000).fill(1));
    const key: Record<string, RefTensor> =
      network.randomKey === undefined ? {} : { random_key: ref("uint32", [], Float64Array.of(3)) };
    return Array.from(
      interpret(network.graph, { x, ...key })[network.graph.outputs[0]?.name ?? ""]?.data ?? [],
    );
  };

  it("keeps everything in inference", () => {
    expect(new Set(run(false, 0.5))).toEqual(new Set([1]));
    expect(new Set(run(true, 0))).toEqual(new Set([1]));
  });

  it("keeps 1 − rate of the numbers or examples, scaled to keep the mean", () => {
    const out = run(true, 0.3);
    for (const v of out) expect(v === 0 || Math.abs(v - 1 / 0.7) < 1e-6).toBe(true);
    const kept = out.filter((v) => v > 0).length / out.length;
    expect(Math.abs(kept - 0.7)).toBeLessThan(5 * Math.sqrt(0.21 / groups));
    if (groups === 200) {
      for (let i = 0; i < 200; i++) expect(new Set(out.slice(10 * i, 10 * i + 10)).size).toBe(1);
    }
  });
});
