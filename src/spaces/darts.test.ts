import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { datasetFromArrays } from "../data/portable.js";
import { countParams } from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { sample, size, validate } from "../schema/index.js";
import { buildModel, optimizerOf, Trainer } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  bodyOf,
  DARTS_OPERATORS,
  type DartsGenotype,
  darts,
  dartsFromAlphas,
  dartsSpace,
  supernetBody,
} from "./index.js";

const NODES = ["node2", "node3", "node4", "node5"] as const;

/** Alphas in which a genotype's edges stand out. */
function alphasOf(cell: DartsGenotype["normal"], strength: number): number[][] {
  return NODES.flatMap((name, i) =>
    Array.from({ length: i + 2 }, (_, from) => {
      const op = cell[name][`from${from}`];
      const rng = rngOf(1, name, from);
      return ["none", ...DARTS_OPERATORS].map((it) => 0.1 * rng.float() + (it === op ? strength : 0));
    }),
  );
}

describe("darts", () => {
  it("holds (180 · 7^8)^2 pairs of cells", () => {
    const cell = 180n * 7n ** 8n;
    expect(size(darts.schema)).toMatchObject({ count: cell * cell, exact: true });
  });

  it("the published cell has the published parameters", () => {
    const genotype = darts.seeds?.["darts-v2"] as DartsGenotype;
    const network = buildModel(
      "darts",
      problemOfShape([3, 32, 32], 10),
      bodyOf(dartsSpace({ width: 36, cells: 20 }), genotype),
      { training: false, batch: 1 },
    );
    // As printed by the authors' evaluation of DARTS_V2 on CIFAR-10 (3.349342 M).
    expect(countParams(network)).toBe(3_349_342);
  });

  it("has the published auxiliary head while it is trained, and none in what is exported", () => {
    const genotype = darts.seeds?.["darts-v2"] as DartsGenotype;
    const problem = problemOfShape([3, 32, 32], 10);
    const [training, inference] = [true, false].map((form) =>
      buildModel("darts", problem, bodyOf(dartsSpace({ width: 36, cells: 20 }), genotype), {
        training: form,
        batch: 1,
      }),
    );
    if (training === undefined || inference === undefined) throw new Error("no networks");
    // Four nodes of 144 channels; 1×1 to 128, 2×2 to 768, each with a normalisation, and the classifier.
    const head = 576 * 128 + 2 * 128 + 128 * 768 * 4 + 2 * 768 + 768 * 10 + 10;
    expect(countParams(training)).toBe(3_349_342 + head);
    expect(training.auxiliaries).toEqual([0.4]);
    expect(training.outputs.auxiliary1?.shape).toEqual([1, 10]);
    expect(inference.auxiliaries).toEqual([]);
    const layout = (items: readonly { readonly name: string; readonly shape: readonly number[] }[]) =>
      items.map(({ name, shape }) => `${name} ${shape}`);
    // What is exported is the beginning of what is trained.
    expect(layout(training.params).slice(0, inference.params.length)).toEqual(layout(inference.params));
    expect(layout(training.states).slice(0, inference.states.length)).toEqual(layout(inference.states));
  });

  it("trains with its auxiliary head", async () => {
    const side = 16;
    const count = 48;
    const x = Uint8Array.from({ length: count * side * side }, (_, i) => {
      const [n, at] = [Math.floor(i / (side * side)), i % (side * side)];
      return (n % 2 === 0 ? at % side : Math.floor(at / side)) % 4 < 2 ? 200 : 30;
    });
    const y = Array.from({ length: count }, (_, n) => n % 2);
    const dataset = await datasetFromArrays({ x, shape: [side, side], y });
    const genotype = sample(darts.schema, rngOf(3, "aux"));
    const outcome = async (auxiliary: number) => {
      const body = bodyOf(dartsSpace({ width: 2, cells: 3, auxiliary }), genotype);
      const options = { batchSize: 16, optimizer: optimizerOf(darts.recipe), seed: 1 };
      await using trainer = await Trainer.create(ortNode, dataset, body, options);
      const cycle = { epochs: 2, schedule: () => () => 0.05 };
      const losses: number[] = [];
      for await (const report of trainer.train(trainer.start(), cycle)) {
        losses.push(report.trainLoss, report.validation.loss);
      }
      return losses;
    };
    const [without, withHead] = [await outcome(0), await outcome(0.4)];
    // ln 2 · 0.4 more at the start, and other gradients.
    expect((withHead[0] ?? 0) - (without[0] ?? 0)).toBeGreaterThan(0.1);
    expect(withHead[3]).not.toBe(without[3]);
    expect(withHead.every(Number.isFinite)).toBe(true);
  });

  it("has an architecture parameter of eight numbers for each of 2 × 14 edges", () => {
    const supernet = buildModel("darts", problemOfShape([3, 16, 16], 4), supernetBody(darts.tiny ?? darts), {
      training: false,
      batch: 1,
    });
    expect(supernet.mixtures.length).toBe(28);
    for (const { choices } of supernet.mixtures) expect(choices).toEqual([null, ...DARTS_OPERATORS]);
  });

  it("discretises to the two strongest edges of each node, never to none", () => {
    for (let i = 0; i < 20; i++) {
      const genotype = sample(darts.schema, rngOf(2, i));
      expect(dartsFromAlphas(alphasOf(genotype.normal, 2), alphasOf(genotype.reduction, 2))).toEqual(
        genotype,
      );
    }
    // none is the strongest everywhere, and still not taken.
    const none = Array.from({ length: 14 }, (_, row) => [
      9,
      ...DARTS_OPERATORS.map((_, k) => (k === row % 7 ? 1 : 0)),
    ]);
    const derived = dartsFromAlphas(none, none);
    expect(isIssue(validate(darts.schema, derived))).toBe(false);
    expect(derived.normal.node2).toEqual({ inputs: [0, 1], from0: "max_pool_3x3", from1: "avg_pool_3x3" });
  });
});
