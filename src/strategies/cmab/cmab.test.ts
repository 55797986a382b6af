import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, rngOf } from "../../base/index.js";
import { enumerate, s, sample } from "../../schema/index.js";
import { simulateSearch } from "../../testing/simulated-search.js";
import { tokensOf } from "../learning/tokens.js";
import { random } from "../random.js";
import { Bandit } from "./bandit.js";
import { type Bandits, BanditTree, NaiveBandits } from "./bandits.js";
import { cmab } from "./index.js";

const UNIT = { least: 0, most: 1 };

describe("a local bandit", () => {
  it("plays what was never played before anything else, by the space's weights", () => {
    const bandit = new Bandit(3);
    bandit.play(0, 1, 2);
    const counts = [0, 0, 0];
    for (let i = 0; i < 400; i++) {
      const arm = bandit.upper([1, 1, 3], UNIT, 0, rngOf(0, i));
      counts[arm] = (counts[arm] ?? 0) + 1;
    }
    expect(counts[0]).toBe(0);
    expect((counts[2] ?? 0) / 400).toBeGreaterThan(0.67);
    // What does not exist is never played.
    expect(bandit.upper([1, 0, 0], UNIT, 1, rngOf(0))).toBe(0);
  });

  it("plays the greatest mean + α·√(2·ln n / n_j)", () => {
    const plays = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 2 }), fc.double({ min: 0, max: 1, noNaN: true })),
      { minLength: 3, maxLength: 40 },
    );
    fc.assert(
      fc.property(plays, fc.double({ min: 0, max: 1, noNaN: true }), (all, alpha) => {
        const bandit = new Bandit(3);
        const log = [...[0, 1, 2].map((arm): [number, number] => [arm, 0.5]), ...all];
        for (const [arm, reward] of log) bandit.play(arm, reward, 4);
        const scores = [0, 1, 2].map((arm) => {
          const own = log.filter(([it]) => it === arm).map(([, reward]) => reward / 4);
          const mean = own.reduce((a, b) => a + b, 0) / own.length;
          expect(bandit.mean(arm, UNIT)).toBeCloseTo(mean, 12);
          return mean + alpha * Math.sqrt((2 * Math.log(log.length)) / own.length);
        });
        expect(bandit.counts.reduce((a, b) => a + b, 0)).toBe(bandit.plays);
        const chosen = bandit.upper([1, 1, 1], UNIT, alpha, rngOf(1));
        expect(scores[chosen]).toBeCloseTo(Math.max(...scores), 12);
      }),
    );
  });

  it("measures rewards from the least to the most, whatever they were when they came", () => {
    const [one, two] = [new Bandit(2), new Bandit(2)];
    for (const [arm, reward, decisions] of [
      [0, 0.2, 3],
      [1, 0.9, 5],
      [0, 0.4, 5],
    ] as const) {
      one.play(arm, reward, decisions);
      two.play(arm, 1000 * reward - 50, decisions);
    }
    for (const arm of [0, 1])
      expect(two.mean(arm, { least: -50, most: 950 })).toBeCloseTo(one.mean(arm, UNIT), 12);
  });
});

const tree = s.object({
  block: s.oneOf({ conv: s.object({ kernel: s.oneOf([1, 3, 5]) }), none: s.object({}) }),
  last: s.oneOf(["a", "b"]),
});

describe("the bandits of a space", () => {
  it.each<[string, () => Bandits]>([
    ["naive", () => new NaiveBandits()],
    ["tree", () => new BanditTree()],
  ])("are told R / N each, and count what was played (%s)", (_, make) => {
    const bandits = make();
    for (let i = 0; i < 200; i++) bandits.backUp(tokensOf(tree, sample(tree, rngOf(1, i))), i);
    expect(bandits.range).toEqual({ least: 0, most: 199 });
    const first = bandits.walk().at("block#2", 2);
    expect(first?.plays).toBe(200);
    // A genotype has three decisions with `conv` and two without.
    const arms = { conv: [] as number[], none: [] as number[] };
    for (let i = 0; i < 200; i++) {
      const { op } = sample(tree, rngOf(1, i)).block;
      arms[op].push(i / (op === "conv" ? 3 : 2));
    }
    expect(first?.counts).toEqual([arms.conv.length, arms.none.length]);
    expect(first?.sums[0]).toBeCloseTo(
      arms.conv.reduce((a, b) => a + b, 0),
      8,
    );
    expect(first?.sums[1]).toBeCloseTo(
      arms.none.reduce((a, b) => a + b, 0),
      8,
    );
  });

  it("know in the tree what was decided before, one bandit more with each trial", () => {
    const bandits = new BanditTree();
    const tokens = tokensOf(tree, { block: { op: "conv", kernel: 3 }, last: "b" });
    const depth = () => {
      const walk = bandits.walk();
      let found = 0;
      for (const { key, weights, taken } of tokens) {
        if (walk.at(key, weights.length) !== undefined) found++;
        walk.took(key, taken);
      }
      return found;
    };
    for (const wanted of [1, 2, 3, 3]) {
      bandits.backUp(tokens, 1);
      expect(depth()).toBe(wanted);
    }
    const other = bandits.walk();
    other.took("block#2", 1);
    expect(other.at("last#2", 2)).toBeUndefined();
  });
});

describe("cmab", () => {
  const parts = s.object({
    a: s.oneOf([0, 1, 2, 3]),
    b: s.oneOf([0, 1, 2, 3]),
    c: s.oneOf([0, 1, 2, 3]),
    d: s.oneOf([0, 1, 2, 3]),
  });
  const VALUES = { a: [1, 4, 2, 0], b: [0, 3, 5, 1], c: [7, 1, 0, 2], d: [2, 2, 1, 6] } as const;
  const additive = (genotype: unknown) =>
    Object.entries(genotype as s.infer<typeof parts>).reduce(
      (sum, [name, at]) => sum + (VALUES[name as keyof typeof VALUES][at] ?? 0),
      0,
    );
  const best = [...enumerate(parts)].reduce((a, b) => (additive(b) > additive(a) ? b : a));

  it.each([
    [{ context: 0, simulations: 0 }],
    [{ context: 0, simulations: 2 }],
    [{ context: 1, simulations: 2 }],
  ])("finds the best sum of parts by its search for the best arms (%j)", async (options) => {
    for (let seed = 0; seed < 3; seed++) {
      const { proposals, told } = await simulateSearch(cmab, parts, {
        ...{ trials: 400, seed, objective: additive, options: { ...options, alpha: 0.2, explore: 0.1 } },
      });
      expect(told.some(({ genotype }) => canonicalJson(genotype) === canonicalJson(best))).toBe(true);
      if (options.simulations === 0) {
        const found = proposals.findLast(({ origin }) => origin === "best-arms");
        expect(found?.genotype).toEqual(best);
      }
    }
  });

  it("earns more than random draws while it plays", async () => {
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const options = { trials: 200, seed: 2, objective: additive };
    const played = (await simulateSearch(cmab, parts, options)).told.map((it) => it.score);
    const drawn = (await simulateSearch(random, parts, options)).told.map((it) => it.score);
    expect(mean(played)).toBeGreaterThan(mean(drawn) + 3);
  });

  it("settles decision after decision where it simulates in between", async () => {
    const options = { simulations: 5, walks: 1, warmup: 0, explore: 0 };
    const { proposals } = await simulateSearch(cmab, parts, {
      trials: 40,
      seed: 1,
      options,
      objective: additive,
    });
    // In a walk, five trials of each part share one decision more than the part before.
    for (const [part, agreed] of [0, 1, 2, 3].entries()) {
      const few = proposals
        .slice(5 * part, 5 * part + 5)
        .map(({ genotype }) => genotype as s.infer<typeof parts>);
      const names = (["a", "b", "c", "d"] as const).slice(0, agreed);
      for (const name of names) expect(new Set(few.map((it) => it[name])).size).toBe(1);
    }
  });

  it("proposes other things where the same is refused", async () => {
    await using searcher = cmab.searcher({ alpha: 0 }, { seed: 0 });
    for (let i = 0; i < 60; i++) {
      const genotype = sample(parts, rngOf(3, i));
      searcher.tell({ trial: i, genotype, score: additive(genotype), rung: 0 });
    }
    const seen = new Set<string>();
    for (let attempt = 0; attempt < 60; attempt++)
      seen.add(canonicalJson((await searcher.ask(parts, rngOf(4, attempt), 60, attempt)).genotype));
    expect(seen.size).toBeGreaterThan(20);
  });

  it.each([
    [{ alpha: -1 }, "Alpha"],
    [{ decay: 0 }, "Decay"],
    [{ context: 2 }, "Context"],
    [{ warmup: -1 }, "Warmup"],
    [{ explore: 2 }, "Explore"],
    [{ simulations: 0.5 }, "Simulations"],
    [{ walks: 0 }, "Walks"],
  ])("refuses %j", (options, name) => {
    expect(() => cmab.searcher(options)).toThrow(name);
  });
});
