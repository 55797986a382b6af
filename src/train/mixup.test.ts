import { describe, expect, it } from "vitest";
import { type Tensor, tensor } from "../ir/index.js";
import { adamW, globalAveragePool, linear, warmupCosine } from "../nn/index.js";
import { refOf } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { tinyImages, tinyTable, tinyVectors } from "../testing/tiny-data.js";
import { problemOfShape } from "../zoo/index.js";
import { betaQuantiles } from "./mixup.js";
import { buildModel, type ModelBody, problemOf } from "./model.js";
import { modelOf } from "./program.js";
import { buildStep } from "./step.js";
import { Trainer } from "./trainer.js";

const body: ModelBody = (g, features, outputs) => {
  if (features.kind === "image") return linear(g, globalAveragePool(g, features.image), outputs);
  return features.kind === "plain" ? linear(g, features.x, outputs) : g.scalar(0);
};

describe("quantiles of Beta(α, α)", () => {
  it("are those of the laws that have a formula", () => {
    const uniform = betaQuantiles(1, 100);
    const arcsine = betaQuantiles(0.5, 100);
    for (let i = 0; i < 100; i++) {
      const u = (i + 0.5) / 100;
      expect(uniform[i]).toBeCloseTo(u, 6);
      expect(arcsine[i]).toBeCloseTo(Math.sin((Math.PI * u) / 2) ** 2, 6);
      // Beta(2, 2): u = 3x² − 2x³.
      const x = betaQuantiles(2, 100)[i] ?? Number.NaN;
      expect(3 * x ** 2 - 2 * x ** 3).toBeCloseTo(u, 5);
    }
  });

  it.each([0.01, 0.2, 0.41, 3])("α = %f: mean 1/2, variance 1/(4(2α + 1))", (alpha) => {
    const all = Array.from(betaQuantiles(alpha, 4096));
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length;
    expect(mean).toBeCloseTo(0.5, 5);
    expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 3);
    expect(all.every((x, i) => x >= 0 && x <= 1 && x >= (all[i - 1] ?? 0))).toBe(true);
  });

  it("refuses a strength that is none", () => {
    for (const alpha of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => betaQuantiles(alpha, 4)).toThrow(/mixup_strength/);
    }
  });
});

describe("mixup", () => {
  /** The inputs that the network sees, and the shares, for a mini-batch of `count` rows. */
  function seen(count: number, alpha: number) {
    const problem = problemOfShape([2], 3);
    const captured: ModelBody = (_, features) =>
      features.kind === "plain" ? features.x : expect.unreachable();
    const network = buildModel("m", problem, captured, { training: true, batch: count, mixup: alpha });
    const x = tensor(
      "float32",
      [count, 2],
      Array.from({ length: 2 * count }, (_, i) => 10 * Math.sin(i)),
    );
    const key: Tensor = { dtype: "uint32", dims: [], data: Uint32Array.of(5) };
    const feeds = { x: { ...x, data: x.data as Float32Array }, random_key: key };
    const [mixed, share] = Object.values(interpretAll(network.graph, feeds));
    return { x: Array.from(x.data, Number), mixed: mixed ?? [], share: share ?? [] };
  }

  function interpretAll(graph: Parameters<typeof interpret>[0], feeds: Record<string, Tensor>) {
    const given = Object.entries(feeds).map(([name, t]) => [name, refOf(t)] as const);
    const out = interpret(graph, Object.fromEntries(given));
    return Object.fromEntries(
      graph.outputs.map((v) => [v.name, Array.from(out[v.name]?.data ?? [], Number)]),
    );
  }

  it("gives each example its share of itself and the rest of the next", () => {
    const { x, mixed, share } = seen(64, 0.4);
    expect(share.length).toBe(64);
    for (let i = 0; i < 64; i++) {
      for (let k = 0; k < 2; k++) {
        const [own = 0, next = 0] = [x[2 * i + k], x[2 * ((i + 1) % 64) + k]];
        const s = share[i] ?? Number.NaN;
        expect(mixed[2 * i + k]).toBeCloseTo(s * own + (1 - s) * next, 4);
      }
    }
    expect(new Set(share).size).toBeGreaterThan(50);
  });

  it("mixes the loss by the same shares, and counts the larger target", () => {
    const problem = problemOfShape([2], 3);
    const network = buildModel("m", problem, body, { training: true, batch: 4, mixup: 0.4 });
    expect(Object.keys(network.outputs)).toEqual(["logits", "share"]);
    const step = buildStep(network, problem.task, { optimizer: adamW(), labelSmoothing: 0.1 });
    const feeds = {
      x: tensor("float32", [4, 2], [1, 2, -1, 0, 3, 1, 0, -2]),
      target: tensor("int32", [4], [0, 1, 2, 1]),
      theta: tensor("float32", [9], [0.3, -0.2, 0.5, 0.1, 0.7, -0.4, 0.05, 0, -0.1]),
      states: tensor("float32", [1], [0]),
      slot0: tensor("float32", [9], new Array<number>(9).fill(0)),
      slot1: tensor("float32", [9], new Array<number>(9).fill(0)),
      learning_rate: tensor("float32", [], [0]),
      step: tensor("float32", [], [1]),
      key: tensor("uint32", [], [5]),
    };
    const used = Object.fromEntries(
      Object.entries(feeds).filter(([name]) => step.graph.inputs.some((v) => v.name === name)),
    );
    const outputs = Object.values(interpretAll(step.graph, used));
    const [loss = [], score = []] = outputs.slice(-2);
    const forward = interpretAll(network.graph, {
      x: feeds.x,
      [network.params[0]?.name ?? ""]: tensor(
        "float32",
        [3, 2],
        feeds.theta.data.slice(0, 6) as Float32Array,
      ),
      [network.params[1]?.name ?? ""]: tensor("float32", [3], feeds.theta.data.slice(6) as Float32Array),
      random_key: feeds.key,
    });
    const [logits = [], share = []] = Object.values(forward);
    const logs = (i: number) => {
      const row = logits.slice(3 * i, 3 * i + 3);
      const total = Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0));
      return row.map((v) => v - total);
    };
    const single = (i: number, label: number) =>
      -logs(i).reduce((sum, v, k) => sum + v * (0.1 / 3 + (k === label ? 0.9 : 0)), 0);
    const labels = [0, 1, 2, 1, 0];
    let [want, right] = [0, 0];
    for (let i = 0; i < 4; i++) {
      const s = share[i] ?? Number.NaN;
      want += (s * single(i, labels[i] ?? 0) + (1 - s) * single(i, labels[i + 1] ?? 0)) / 4;
      const larger = s >= 0.5 ? labels[i] : labels[i + 1];
      const row = logs(i);
      if (row.indexOf(Math.max(...row)) === larger) right++;
    }
    expect(loss[0]).toBeCloseTo(want, 5);
    expect(score[0]).toBe(right);
  });

  it.each([["images", tinyImages({ classes: 3 })] as const, ["vectors", tinyVectors()] as const])(
    "trains on %s, bit for bit the same again, to other weights than without",
    async (_, dataset) => {
      const run = async (mixup: number) => {
        const options = { batchSize: 8, optimizer: adamW(), seed: 3, mixup };
        await using trainer = await Trainer.create(ortNode, dataset, body, options);
        const schedule = (perEpoch: number) => warmupCosine(0.02, perEpoch);
        const reports = [];
        for await (const it of trainer.train(trainer.start(), { epochs: 2, schedule })) reports.push(it);
        return reports.map(({ trainLoss, checkpoint }) => ({ trainLoss, params: checkpoint.params }));
      };
      const [once, again, without, none] = [await run(0.4), await run(0.4), await run(0), await run(0)];
      expect(again).toEqual(once);
      expect(none).toEqual(without);
      expect(once.at(-1)?.params).not.toEqual(without.at(-1)?.params);
      expect(once.every(({ trainLoss }) => Number.isFinite(trainLoss))).toBe(true);
    },
  );

  it("is no part of what is exported, and refuses tables", () => {
    const images = problemOf(tinyImages());
    const options = { training: false, batch: "N", mixup: 0.3 } as const;
    const network = buildModel("m", images, body, options);
    expect(network.randomKey).toBeUndefined();
    expect(Object.keys(network.outputs)).toEqual(["logits", "probabilities"]);
    expect(modelOf(network.graph).graph.nodes.some(({ name }) => name.includes("mixup"))).toBe(false);
    expect(() =>
      buildModel("m", problemOf(tinyTable()), body, { training: true, batch: 4, mixup: 0.3 }),
    ).toThrow(/mixup_input/);
  });
});
