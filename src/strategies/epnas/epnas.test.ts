import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, rngOf } from "../../base/index.js";
import { ortNode } from "../../runtime/index.js";
import { neighbours, s } from "../../schema/index.js";
import { simulateSearch } from "../../testing/simulated-search.js";
import { drawOrder, temperatureAt } from "./annealing.js";
import { epnas } from "./index.js";
import { type Example, Surrogate } from "./surrogate.js";

describe("annealing", () => {
  const schedule = { first: 10, last: 0.2, width: 4 };

  it("follows T = (T₀ − T_f)·exp(−(it + 1)²/σ²) + T_f", () => {
    expect(temperatureAt(1, schedule)).toBeCloseTo(9.8 * Math.exp(-0.25) + 0.2, 12);
    expect(temperatureAt(1, schedule)).toBeCloseTo(7.8322, 4);
    for (let it = 1; it < 9; it++)
      expect(temperatureAt(it + 1, schedule)).toBeLessThan(temperatureAt(it, schedule));
    expect(temperatureAt(100, schedule)).toBe(0.2);
  });

  it("draws without replacement by y^(1/T)", () => {
    const [y, temperature, draws] = [[0.5, 0.3, 0.2], 0.5, 20_000];
    const p = y.map((it) => it ** 2);
    const total = p.reduce((a, b) => a + b, 0);
    const chance = (first: number, second: number) =>
      ((p[first] ?? 0) / total) * ((p[second] ?? 0) / (total - (p[first] ?? 0)));
    const counts = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const [a, b] = drawOrder(y, temperature, rngOf(3, i));
      counts.set(`${a}${b}`, (counts.get(`${a}${b}`) ?? 0) + 1);
    }
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 2],
      [2, 0],
      [2, 1],
    ] as const) {
      const expected = chance(a, b);
      const spread = Math.sqrt((expected * (1 - expected)) / draws);
      expect(Math.abs((counts.get(`${a}${b}`) ?? 0) / draws - expected)).toBeLessThan(4 * spread);
    }
  });

  it("takes the best first where it is cold, and does not underflow", () => {
    const y = Array.from({ length: 500 }, (_, i) => ((i * 7) % 500) / 500);
    const order = drawOrder(y, 1e-6, rngOf(1));
    const sorted = [...y.keys()].sort((a, b) => (y[b] ?? 0) - (y[a] ?? 0));
    // ln 0 is not a number to sort by; it comes last.
    expect(order).toEqual(sorted);
  });
});

describe("the surrogate", () => {
  const sequences = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 1 + (i % 5) }, (_, t) => `${t}=${(i * (t + 3)) % 4}`),
  );
  const target = (words: readonly string[]) =>
    0.1 + 0.8 * (words.filter((it) => it.endsWith("=2")).length / words.length);
  const examples: Example[] = sequences.map((words) => ({ words, target: target(words) }));
  let surrogate: Surrogate;
  beforeAll(() => {
    surrogate = new Surrogate(ortNode, 1);
    return () => surrogate[Symbol.asyncDispose]();
  });

  it("predicts within (0, 1), the same for a sequence in whatever company", async () => {
    const all = [...(await surrogate.predict(sequences).then((it) => Array.from(it)))];
    for (const it of all) expect(it > 0 && it < 1).toBe(true);
    // The output's bias begins at 1.8.
    expect(all[0]).toBeGreaterThan(0.75);
    for (const i of [0, 7, 39]) {
      const [alone] = Array.from(await surrogate.predict([sequences[i] ?? []]));
      expect(alone).toBeCloseTo(all[i] ?? Number.NaN, 5);
    }
  });

  it("learns, and keeps what it learned where new words and longer sequences come", async () => {
    const error = async () => {
      const made = Array.from(await surrogate.predict(sequences));
      return made.reduce((sum, it, i) => sum + (it - (examples[i]?.target ?? 0)) ** 2, 0) / made.length;
    };
    const before = await error();
    await surrogate.fit(examples, 300, 400);
    const after = await error();
    expect(after).toBeLessThan(before / 10);
    const strange = Array.from({ length: 90 }, (_, i) => `new${i}=0`);
    await surrogate.predict([strange]);
    expect(await error()).toBeCloseTo(after, 4);
  });
});

describe("epnas", () => {
  const cells = s.object({
    a: s.oneOf([0, 1, 2, 3, 4]),
    b: s.oneOf([0, 1, 2, 3, 4]),
    c: s.oneOf([0, 1, 2, 3, 4]),
    d: s.oneOf([0, 1, 2, 3, 4]),
  });
  /** The best is two steps from what looks good at first. */
  const trap = (genotype: unknown) => {
    const { a, b, c, d } = genotype as s.infer<typeof cells>;
    return a + b + c + d + (a === 0 && b === 0 ? 12 + c + d : 0);
  };
  /** The authors' temperatures: a trap wants them. */
  const options = { keep: 5, levels: 3, steps: 40, first: 10, last: 0.2 };
  const flat = { ...options, first: 1e6, last: 1e6 };
  let results: Record<string, number[]>;
  beforeAll(async () => {
    results = {};
    for (const [name, given] of Object.entries({ annealed: options, flat })) {
      results[name] = [];
      for (let seed = 0; seed < 3; seed++) {
        const { told } = await simulateSearch(epnas, cells, {
          trials: 45,
          seed,
          options: given,
          objective: trap,
        });
        results[name]?.push(Math.max(...told.map((it) => it.score)));
      }
    }
  });
  afterAll(() => {
    results = {};
  });

  it("tries new networks alone: drawn first, then one decision from those of the level before", async () => {
    const { proposals } = await simulateSearch(epnas, cells, {
      trials: 40,
      seed: 2,
      options,
      objective: trap,
    });
    const texts = proposals.map((it) => canonicalJson(it.genotype));
    expect(new Set(texts).size).toBe(40);
    expect(proposals.slice(0, 5).every(({ origin }) => origin === "random")).toBe(true);
    for (const [i, { genotype, parent }] of proposals.entries()) {
      if (parent === undefined) continue;
      const level = Math.floor(i / 5);
      expect(Math.floor(parent / 5)).toBe(level - 1);
      const around = [...neighbours(cells, proposals[parent]?.genotype as s.infer<typeof cells>)];
      expect(around.map((it) => canonicalJson(it))).toContain(canonicalJson(genotype));
    }
    // A new pass after every third level.
    expect(proposals.flatMap(({ parent }, i) => (parent === undefined ? [i] : []))).toEqual([
      0, 1, 2, 3, 4, 15, 16, 17, 18, 19, 30, 31, 32, 33, 34,
    ]);
  });

  it("does better than uniform draws from the same candidates", () => {
    const mean = (name: string) => (results[name] ?? []).reduce((a, b) => a + b, 0) / 3;
    expect(mean("annealed")).toBeGreaterThanOrEqual(mean("flat"));
  });

  it.each([
    [{ keep: 0 }, "Keep"],
    [{ last: 0 }, "Last"],
    [{ first: 0.05 }, "First"],
    [{ width: 0 }, "Width"],
  ])("refuses %j", (given, name) => {
    expect(() => epnas.searcher(given, { seed: 0, runtime: ortNode })).toThrow(name);
  });
});
