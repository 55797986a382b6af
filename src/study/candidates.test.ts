import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { sample } from "../schema/index.js";
import { mobileCnn, type Space, tabularMlp } from "../spaces/index.js";
import { tinyImages, tinyTable } from "../testing/tiny-data.js";
import { problemOf } from "../train/index.js";
import { cheapestOf, countGenotype, type DrawOptions, drawCandidates, mergeRefusals } from "./candidates.js";
import { exceeded, excess } from "./limits.js";
import { shortened, trainingMsPerExample } from "./training-cost.js";
import type { Costs, Limits } from "./types.js";

const space: Space = tabularMlp;
const problem = problemOf(tinyTable());

function draw(limits: Limits, options: Partial<DrawOptions> = {}) {
  return drawCandidates({
    space,
    problem,
    limits,
    seed: 1,
    trial: 0,
    wanted: 3,
    claim: () => true,
    propose: (attempt) => ({
      genotype: sample(space.schema, rngOf(options.seed ?? 1, "draw", attempt)),
      origin: "random",
    }),
    ...options,
  });
}

describe("epochs in limited time", () => {
  const dataset = tinyImages({ train: 640 });
  const batch = { batchSize: 64 };

  it("are passes through the data where these are short, or nothing limits the time", () => {
    expect(shortened(1, dataset, batch, { timeMs: null })).toEqual({ batchSize: 64, testMs: 0 });
    const whole = shortened(1, dataset, batch, { timeMs: 60_000 });
    expect(whole).toEqual({ batchSize: 64, testMs: dataset.splits.test.length / 3 });
  });

  it("take a twelfth of the time, and four steps at least", () => {
    // 5 s of 60; 64 examples of 15 ms are a step of 0.96 s.
    expect(shortened(15, dataset, batch, { timeMs: 60_000 })).toMatchObject({
      stepsPerEpoch: 5,
      batchSize: 64,
    });
    // Ten examples: smaller steps.
    expect(shortened(500, dataset, batch, { timeMs: 60_000 })).toMatchObject({
      stepsPerEpoch: 4,
      batchSize: 8,
    });
  });

  it("are validated in no more time, and leave time for the test", () => {
    const many = tinyImages({ train: 640, test: 500 });
    const short = shortened(60, many, batch, { timeMs: 60_000 });
    expect(short.validationExamples).toBe(250);
    expect(short.testMs).toBe((60 / 3) * 500);
    expect(shortened(6000, many, batch, { timeMs: 60_000 })).toMatchObject({
      validationExamples: 100,
      testMs: 30_000,
    });
  });

  it("are measured by what trains cheapest", () => {
    const images = problemOf(dataset);
    const cheapest = cheapestOf(mobileCnn, images, 1);
    expect(cheapest).toBeGreaterThan(0);
    expect(cheapestOf(mobileCnn, images, 1)).toBe(cheapest);
    const drawn = Array.from({ length: 8 }, (_, i) =>
      trainingMsPerExample(
        countGenotype(mobileCnn, images, sample(mobileCnn.schema, rngOf(1, "cheapest", i))).costs,
      ),
    );
    expect(cheapest).toBe(Math.min(...drawn));
  });
});

describe("drawCandidates", () => {
  it("never returns one that breaks a counted limit, nor the same twice", async () => {
    const limits = fc.record(
      {
        params: fc.integer({ min: 20, max: 50_000 }),
        macs: fc.integer({ min: 20, max: 50_000 }),
        weightBytes: fc.integer({ min: 80, max: 200_000 }),
        peakActivationBytes: fc.integer({ min: 8, max: 4000 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(limits, fc.nat(), async (limits, seed) => {
        const { candidates, refusals } = await draw(limits, { seed, attempts: 60 });
        expect(candidates.length).toBeLessThanOrEqual(3);
        expect(new Set(candidates.map(({ hash }) => hash)).size).toBe(candidates.length);
        for (const { genotype, costs, hash } of candidates) {
          expect(exceeded(costs, limits)).toEqual([]);
          // The figures are those of the genotype, counted anew.
          expect(countGenotype(space, problem, genotype)).toEqual({ genotype, costs, hash });
        }
        const named = Object.entries(refusals.reasons);
        for (const [name, count] of named) {
          expect(Object.keys(limits)).toContain(name);
          expect(count).toBeLessThanOrEqual(refusals.count);
        }
        expect(refusals.smallest === null).toBe(refusals.count === 0);
        if (refusals.smallest !== null) expect(excess(refusals.smallest, limits)).toBeGreaterThan(1);
      }),
      { numRuns: 25 },
    );
  });

  it("walks towards limits that random networks hardly ever keep", async () => {
    // About the smallest network that the space has.
    const limits = { params: 75 };
    const blind = Array.from({ length: 100 }, (_, i) =>
      countGenotype(space, problem, sample(space.schema, rngOf(1, "draw", i))),
    );
    expect(blind.filter(({ costs }) => exceeded(costs, limits).length === 0).length).toBeLessThan(3);
    let walked = 0;
    for (let seed = 0; seed < 5; seed++) {
      const { candidates } = await draw(limits, { seed });
      expect(candidates.length, `seed ${seed}`).toBeGreaterThan(0);
      walked += candidates.filter(({ origin }) => origin === "walk").length;
    }
    expect(walked).toBeGreaterThan(0);
  });

  it("says which candidate came closest where none fits", async () => {
    const { candidates, refusals } = await draw({ params: 2 }, { attempts: 120 });
    expect(candidates).toEqual([]);
    expect(refusals.count).toBe(120);
    expect(refusals.reasons).toEqual({ params: 120 });
    expect(refusals.smallest?.params).toBeLessThan(100);
  });

  it("leaves out what was tried, and stops where nothing new comes", async () => {
    const { candidates } = await draw({});
    const known = new Set(candidates.map(({ hash }) => hash));
    const again = await draw({}, { claim: (hash) => !known.has(hash) });
    expect(again.duplicates).toBe(3);
    expect(again.candidates.every(({ hash }) => !known.has(hash))).toBe(true);
    const none = await draw({}, { claim: () => false, attempts: 40 });
    expect(none).toEqual({
      candidates: [],
      duplicates: 40,
      refusals: { count: 0, reasons: {}, smallest: null },
    });
  });

  it("is content with fewer than it wanted where more are hard to find", async () => {
    let attempts = 0;
    const one = sample(space.schema, rngOf(3, "only"));
    const { candidates } = await draw(
      {},
      {
        propose: () => {
          attempts++;
          return { genotype: one, origin: "random" };
        },
      },
    );
    expect(candidates).toHaveLength(1);
    expect(attempts).toBeLessThan(50);
  });

  it("is a function of its seed", async () => {
    const run = () => draw({ params: 200 }, { seed: 4 });
    expect(await run()).toEqual(await run());
  });

  it("lets other work go on, and stops when it is told to", async () => {
    const controller = new AbortController();
    const drawing = draw({ params: 2 }, { signal: controller.signal });
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 20);
    const began = performance.now();
    await expect(drawing).rejects.toBe(reason);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("countGenotype", () => {
  it("does not tell apart what builds the same network", () => {
    const images = problemOf(tinyImages());
    const genotype = (kind: "conv" | "inverted-residual", expansion: 1 | 6) => {
      const stage = { kind, expansion, blocks: 1, width: 8, kernel: 3, squeezeExcite: false, stride: 1 };
      return {
        stem: { width: 8, stride: 1 },
        stages: [stage, stage],
        ...{ head: 0, activation: "relu", dropout: 0 },
      };
    };
    const hashOf = (...args: Parameters<typeof genotype>) =>
      countGenotype(mobileCnn, images, genotype(...args)).hash;
    // A plain convolution has no expansion.
    expect(hashOf("conv", 1)).toBe(hashOf("conv", 6));
    expect(hashOf("inverted-residual", 1)).not.toBe(hashOf("inverted-residual", 6));
  });
});

describe("mergeRefusals", () => {
  it("adds counts and reasons and keeps the closest", () => {
    const at = (params: number): Costs => ({
      ...{ params, macs: 1, flops: 2, weightBytes: 4, peakActivationBytes: 4 },
    });
    const a = { count: 2, reasons: { params: 2 }, smallest: at(50) };
    const b = { count: 3, reasons: { params: 1, macs: 2 }, smallest: at(40) };
    const none = { count: 0, reasons: {}, smallest: null };
    const limits = { params: 10 };
    expect(mergeRefusals(a, b, limits)).toEqual({
      count: 5,
      reasons: { params: 3, macs: 2 },
      smallest: at(40),
    });
    expect(mergeRefusals(b, a, limits).smallest).toEqual(at(40));
    expect(mergeRefusals(none, a, limits)).toEqual(a);
    expect(mergeRefusals(a, none, limits)).toEqual(a);
  });
});
