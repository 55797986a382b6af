import { afterEach, describe, expect, it, vi } from "vitest";
import type { Dataset } from "../data/index.js";
import { adamW, convBn, dropout, globalAveragePool, linear, sgd, warmupCosine } from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { tinyImages, tinyVectors } from "../testing/tiny-data.js";
import type { Augmentation } from "./augment.js";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import type { ModelBody } from "./model.js";
import { type Checkpoint, Trainer, type TrainerOptions } from "./trainer.js";

/** Everything at once that draws random numbers or carries state. */
const body: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("images only");
  let h = g.scope("first", () => convBn(g, features.image, 6, { kernel: 3, stride: 2, activation: "relu" }));
  h = g.scope("second", () => convBn(g, h, 6, { kernel: 3, groups: 6, activation: "silu" }));
  return g.scope("out", () => linear(g, dropout(g, globalAveragePool(g, h), 0.2), outputs));
};
const AUGMENTATION: Augmentation = { shift: 1, flip: true, rotate: 8, scale: 0.1, cutout: 3 };
const OPTIONS: TrainerOptions = {
  batchSize: 8,
  optimizer: adamW(),
  labelSmoothing: 0.1,
  clipNorm: 1,
  augmentation: AUGMENTATION,
  seed: 11,
};
const schedule = (perEpoch: number) => warmupCosine(0.01, perEpoch);

async function run(
  dataset: Dataset,
  options: Partial<TrainerOptions> = {},
  from?: Checkpoint,
  cycle: { epochs: number; done?: number } = { epochs: 3 },
) {
  await using trainer = await Trainer.create(ortNode, dataset, body, { ...OPTIONS, ...options });
  const reports = [];
  for await (const report of trainer.train(from ?? trainer.start(), { ...cycle, schedule }))
    reports.push(report);
  return reports;
}

/** A clock that makes every run look as if it took this long. */
function clock(tickMs: number) {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += tickMs;
    return now;
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("one seed, one machine, one thread", () => {
  it("epochs may be shorter than a pass through the data: two halves are a whole", async () => {
    const dataset = tinyImages();
    const even = () => () => 0.01;
    const weightsAfter = async (epochs: number, stepsPerEpoch?: number) => {
      await using trainer = await Trainer.create(ortNode, dataset, body, { ...OPTIONS, stepsPerEpoch });
      let at = trainer.start();
      for await (const { checkpoint } of trainer.train(at, { epochs, schedule: even })) at = checkpoint;
      return { steps: trainer.stepsPerEpoch, at };
    };
    const whole = await weightsAfter(2);
    // As many steps in shorter epochs, whatever the pass's length.
    const halves = await weightsAfter(2 * whole.steps, 1);
    expect(halves.at.step).toBe(whole.at.step);
    expect(halves.at.params).toEqual(whole.at.params);
    expect((await weightsAfter(1, 1e6)).steps).toBe(whole.steps);
  });

  const dataset = tinyImages();

  it("gives the same weights bit for bit, and another seed others", async () => {
    const [a, b, c] = [await run(dataset), await run(dataset), await run(dataset, { seed: 12 })];
    expect(a.length).toBe(3);
    expect(b.at(-1)).toEqual(a.at(-1));
    expect(c.at(-1)?.checkpoint.params).not.toEqual(a.at(-1)?.checkpoint.params);
    expect(a.map((r) => [r.epoch, r.checkpoint.step])).toEqual([
      [1, 12],
      [2, 24],
      [3, 36],
    ]);
  });

  it("however a run is cut", async () => {
    const whole = await run(dataset);
    for (const tickMs of [0, 100_000]) {
      clock(tickMs);
      const cut = await run(dataset);
      vi.restoreAllMocks();
      expect(cut.at(-1)?.checkpoint).toEqual(whole.at(-1)?.checkpoint);
      cut.forEach((report, i) => {
        expect(report.trainLoss).toBeCloseTo(whole[i]?.trainLoss ?? 0, 12);
      });
    }
  });

  it("goes on from a stored checkpoint inside a cycle as if never stopped", async () => {
    const whole = await run(dataset);
    const middle = whole[0]?.checkpoint;
    if (middle === undefined) throw new Error("no checkpoint");
    const stored = decodeCheckpoint(encodeCheckpoint(middle));
    const rest = await run(dataset, {}, stored, { epochs: 3, done: 1 });
    expect(rest.map((r) => r.epoch)).toEqual([2, 3]);
    expect(rest).toEqual(whole.slice(1));
  });

  it("reads from disk what it would hold in memory", async () => {
    const streamed = await run(tinyImages({ inMemory: false }));
    expect(streamed).toEqual(await run(dataset));
  });
});

describe("training", () => {
  it("learns classes", async () => {
    const reports = await run(tinyImages(), { augmentation: undefined, labelSmoothing: 0 }, undefined, {
      epochs: 12,
    });
    expect(reports.at(-1)?.validation.score).toBeGreaterThan(0.6);
    expect(reports.at(-1)?.trainLoss).toBeLessThan(reports[0]?.trainLoss ?? 0);
  });

  it("learns numbers, in units of their own", async () => {
    const dataset = tinyVectors();
    const options = { batchSize: 16, optimizer: sgd(), seed: 1 };
    const perceptron: ModelBody = (g, features, outputs) => {
      if (features.kind !== "plain") throw new Error("vectors only");
      const h = g.scope("hidden", () => g.Relu(linear(g, features.x, 16)));
      return g.scope("out", () => linear(g, h, outputs));
    };
    await using trainer = await Trainer.create(ortNode, dataset, perceptron, options);
    let at = trainer.start();
    const cycle = { epochs: 20, schedule: () => warmupCosine(0.05, 5) };
    for await (const report of trainer.train(at, cycle)) at = report.checkpoint;
    const { score, loss, examples } = await trainer.evaluate(at, "test");
    expect(examples).toBe(48);
    expect(score).toBeGreaterThan(0.95);
    expect(loss).toBeLessThan(0.05);
  });

  it("says so when it diverges, with the step and the cure", async () => {
    const wild = { optimizer: sgd(), clipNorm: undefined };
    await using trainer = await Trainer.create(ortNode, tinyVectors(), linearBody, {
      batchSize: 8,
      seed: 1,
      ...wild,
    });
    const cycle = { epochs: 50, schedule: () => () => 1e6 };
    const all = async () => {
      for await (const _ of trainer.train(trainer.start(), cycle));
    };
    await expect(all()).rejects.toThrow(/training_diverged at step \d+.*learning rate/);
  });

  it("takes batches no larger than the data, and refuses data without examples", async () => {
    const reports = await run(tinyImages({ train: 5 }), { batchSize: 64 }, undefined, { epochs: 2 });
    expect(reports.at(-1)?.checkpoint.step).toBe(2);
    const none = Trainer.create(ortNode, tinyImages({ train: 0 }), body, OPTIONS);
    await expect(none).rejects.toThrow(/training_empty/);
  });

  it("stops within a second of being asked, in the middle of a long epoch", async () => {
    const heavy: ModelBody = (g, features, outputs) => {
      if (features.kind !== "image") throw new Error("images only");
      let h = features.image;
      for (let i = 0; i < 3; i++)
        h = g.scope(`c${i}`, () => convBn(g, h, 32, { kernel: 3, activation: "relu" }));
      return g.scope("out", () => linear(g, globalAveragePool(g, h), outputs));
    };
    const dataset = tinyImages({ side: 32, train: 2048 });
    await using trainer = await Trainer.create(ortNode, dataset, heavy, { ...OPTIONS, batchSize: 16 });
    const controller = new AbortController();
    let asked = 0;
    setTimeout(() => {
      asked = performance.now();
      controller.abort(new Error("enough"));
    }, 700);
    const all = async () => {
      for await (const _ of trainer.train(trainer.start(), { epochs: 50, schedule }, controller.signal));
    };
    await expect(all()).rejects.toThrow("enough");
    expect(asked).toBeGreaterThan(0);
    expect(performance.now() - asked).toBeLessThan(1000);
  });
});

const linearBody: ModelBody = (g, features, outputs) => {
  if (features.kind !== "plain") throw new Error("vectors only");
  return linear(g, features.x, outputs);
};
