import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { datasetFromArrays } from "../data/portable.js";
import type { Value } from "../ir/index.js";
import {
  bakeWeights,
  buildNetwork,
  countParams,
  entmax15,
  initialWeights,
  obliviousTrees,
} from "../nn/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { sample, size } from "../schema/index.js";
import { tableProblem } from "../testing/zoo-contract.js";
import { optimizerOf, Trainer } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import { bodyOf, buildGenotype } from "./define.js";
import { type TabularGenotype, tabular } from "./tabular.js";

const CLASSES = 3;

/** The count by hand, for two numbers, both of which may be missing (so four), and two columns of three codes. */
function expectedParams({ model }: TabularGenotype): number {
  const table =
    model.op === "transformer" ? 0 : model.categories === 0 ? 0 : 2 * 3 * Math.min(model.categories, 3);
  const category = (width: number) => (width === 0 ? 3 : Math.min(width, 3));
  const form = "numeric" in model ? model.numeric : undefined;
  const numbers = form === undefined || form.op === "plain" ? 4 : 4 * form.width;
  const embedded =
    form?.op === "linear"
      ? 2 * 4 * form.width
      : form?.op === "periodic"
        ? 4 * 8 + 4 * 16 * form.width + 4 * form.width
        : 0;
  if (model.op === "transformer") {
    const { width, blocks, ratio } = model;
    const feed = 2 * width * ratio * width + ratio * width + width;
    const block = 4 * (width * width + width) + feed + 4 * width;
    return (2 * 4 + 2 * 3) * width + blocks * block + 2 * width + (width + 1) * CLASSES;
  }
  const inputs = numbers + 2 * category(model.categories);
  const start = table + embedded;
  switch (model.op) {
    case "mlp": {
      const { width, layers, normalization } = model;
      const norm = normalization === "none" ? 0 : 2 * width;
      return (
        start +
        (inputs + 1) * width +
        (layers - 1) * (width + 1) * width +
        layers * norm +
        (width + 1) * CLASSES
      );
    }
    case "residual": {
      const { width, blocks, factor } = model;
      const inner = width * factor;
      const block = 2 * width + (width + 1) * inner + (inner + 1) * width;
      return start + (inputs + 1) * width + blocks * block + 2 * width + (width + 1) * CLASSES;
    }
    case "kan": {
      const edges = (from: number, to: number) => from * to * (model.intervals + model.order + 1);
      const sizes = [inputs, ...Array.from({ length: model.layers }, () => model.width), CLASSES];
      const layers = sizes.slice(1).reduce((sum, to, i) => sum + edges(sizes[i] ?? 0, to), 0);
      return start + layers + model.layers * 2 * model.width;
    }
    case "trees": {
      const { trees, depth } = model;
      const layer = (from: number) => trees * depth * (from + 2) + trees * 2 ** depth * CLASSES;
      const second = model.layers === 2 ? layer(inputs + trees * CLASSES) : 0;
      return start + 2 * inputs + layer(inputs) + second;
    }
  }
}

function seed(name: string): TabularGenotype["model"] {
  const found = tabular.seeds?.[name];
  if (found === undefined) throw new Error(`no seed ${name}`);
  return found.model;
}

describe("tabular", () => {
  it("has exactly the parameters that are counted by hand", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 150; i++) {
      const genotype = sample(tabular.schema, rngOf(1, "count", i));
      seen.add(genotype.model.op);
      const { network } = buildGenotype(tabular, tableProblem(), genotype);
      expect({ genotype, params: countParams(network) }).toEqual({
        genotype,
        params: expectedParams(genotype),
      });
    }
    expect(seen.size).toBe(5);
  });

  it("takes vectors", () => {
    for (let i = 0; i < 30; i++) {
      const genotype = sample(tabular.schema, rngOf(2, "vectors", i));
      const { network } = buildGenotype(tabular, problemOfShape([6], 4), genotype);
      expect(network.outputs.logits?.shape).toEqual(["N", 4]);
    }
  });

  it("is counted by its choices", () => {
    // Embeddings of numbers: 1 + 3 + 3; rates and activations: 4 each.
    const total =
      7 * 5 * 16 * 4 * 3 * 4 * 4 +
      7 * 5 * 12 * 4 * 3 * 4 * 4 +
      5 * 5 * 3 * 3 * 3 +
      5 * 4 * 5 * 2 +
      4 * 3 * 4 * 2 * 4;
    expect(size(tabular.schema)).toMatchObject({ count: BigInt(total), exact: true });
  });

  const models: readonly [string, TabularGenotype["model"]][] = [
    ["perceptron", seed("perceptron")],
    ["trees", seed("trees")],
    ["kan", { op: "kan", categories: 0, width: 8, layers: 1, intervals: 5, order: 3 }],
    ["transformer", { op: "transformer", width: 16, blocks: 1, heads: 2, ratio: 2, dropout: 0 }],
  ];
  it.each(models)("learns a bent boundary: %s", async (_, model) => {
    const count = 400;
    const x = Float32Array.from({ length: 2 * count }, (_, i) => 2 * rngOf(3, "x", i).float() - 1);
    const y = Array.from({ length: count }, (_, n) =>
      (x[2 * n] ?? 0) ** 2 + (x[2 * n + 1] ?? 0) ** 2 > 0.6 ? 1 : 0,
    );
    const dataset = await datasetFromArrays({ x, shape: [2], y });
    const options = { batchSize: 16, optimizer: optimizerOf(tabular.recipe), seed: 1 };
    await using trainer = await Trainer.create(ortNode, dataset, bodyOf(tabular, { model }), options);
    let score = 0;
    for await (const { validation } of trainer.train(trainer.start(), {
      epochs: 25,
      schedule: () => () => 0.01,
    })) {
      score = validation.score;
    }
    expect(score).toBeGreaterThan(0.88);
  });
});

describe("soft trees", () => {
  const rows = [
    [0.3, -1.2, 0.8, 0.1],
    [2, 2, -3, 0],
    [0.5, 0.5, 0.5, 0.5],
  ];

  it("1.5-entmax sums to one and is max(x/2 − τ, 0)²", () => {
    const network = buildNetwork(
      "entmax",
      [{ name: "x", dtype: "float32", shape: [4] }],
      (g, [x]): Record<string, Value> => (x === undefined ? {} : { y: entmax15(g, x) }),
      { training: false, batch: 3 },
    );
    const feeds = { x: { dtype: "float32", dims: [3, 4], data: Float64Array.from(rows.flat()) } } as const;
    const got = Array.from(
      interpret(network.graph, feeds)[network.outputs.y?.name ?? ""]?.data ?? [],
      Number,
    );
    rows.forEach((row, r) => {
      // The threshold by bisection.
      let [low, high] = [Math.max(...row) / 2 - 1, Math.max(...row) / 2];
      const total = (tau: number) => row.reduce((sum, v) => sum + Math.max(0, v / 2 - tau) ** 2, 0);
      for (let i = 0; i < 100; i++) {
        const middle = (low + high) / 2;
        if (total(middle) > 1) low = middle;
        else high = middle;
      }
      row.forEach((v, k) => {
        expect(got[4 * r + k]).toBeCloseTo(Math.max(0, v / 2 - low) ** 2, 6);
      });
    });
    expect(got[6]).toBe(0);
  });

  it("a tree says the leaves' numbers, weighed by the answers on the way", () => {
    const network = buildNetwork(
      "trees",
      [{ name: "x", dtype: "float32", shape: [4] }],
      (g, [x]): Record<string, Value> =>
        x === undefined ? {} : { y: obliviousTrees(g, x, { trees: 2, depth: 3, out: 1 }) },
      { training: false, batch: 3 },
    );
    const weights = initialWeights(network, 4);
    const [choice, threshold, sharpness, response] = network.params.map(({ shape }, i) => {
      const sizes = network.params.map((p) => p.shape.reduce((a, b) => a * b, 1));
      const from = sizes.slice(0, i).reduce((a, b) => a + b, 0);
      return Array.from(weights.params.subarray(from, from + shape.reduce((a, b) => a * b, 1)));
    });
    if (!choice || !threshold || !sharpness || !response) throw new Error("parameters are missing");
    const graph = bakeWeights(network, weights);
    const feeds = { x: { dtype: "float32", dims: [3, 4], data: Float64Array.from(rows.flat()) } } as const;
    const got = Array.from(interpret(graph, feeds)[graph.outputs[0]?.name ?? ""]?.data ?? [], Number);
    const entmax = (row: readonly number[]) => {
      let [low, high] = [Math.max(...row) / 2 - 1, Math.max(...row) / 2];
      for (let i = 0; i < 100; i++) {
        const middle = (low + high) / 2;
        if (row.reduce((sum, v) => sum + Math.max(0, v / 2 - middle) ** 2, 0) > 1) low = middle;
        else high = middle;
      }
      return row.map((v) => Math.max(0, v / 2 - low) ** 2);
    };
    const want = rows.flatMap((x) =>
      [0, 1].map((tree) => {
        const yes = [0, 1, 2].map((d) => {
          const q = 3 * tree + d;
          const asked = entmax(choice.slice(4 * q, 4 * q + 4)).reduce(
            (sum, w, k) => sum + w * (x[k] ?? 0),
            0,
          );
          return 1 / (1 + Math.exp(-(asked - (threshold[q] ?? 0)) * Math.exp(sharpness[q] ?? 0)));
        });
        let sum = 0;
        for (let leaf = 0; leaf < 8; leaf++) {
          const weight = yes.reduce((p, a, d) => p * (((leaf >> (2 - d)) & 1) === 0 ? a : 1 - a), 1);
          sum += weight * (response[8 * tree + leaf] ?? 0);
        }
        return sum;
      }),
    );
    got.forEach((v, i) => {
      expect(v).toBeCloseTo(want[i] ?? Number.NaN, 5);
    });
    expect(got.length).toBe(6);
  });
});
