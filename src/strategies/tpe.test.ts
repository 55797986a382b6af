import { describe, expect, it } from "vitest";
import { canonicalJson, isIssue, rngOf } from "../base/index.js";
import { decided, guidedSample, s, sample, validate } from "../schema/index.js";
import { simulateSearch } from "../testing/simulated-search.js";
import type { Scored } from "./define.js";
import { random, tpe } from "./index.js";
import { normalCdf, observationOf, Parzen } from "./parzen.js";
import { byFidelity } from "./tpe.js";

const kernel = s.oneOf([1, 3, 5]);
const tree = s.object({
  block: s.oneOf({
    conv: s.object({ kernel, dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 4 })) }),
    skip: s.object({}),
  }),
  parts: s.subset(["a", "b", "c"], { min: 1, max: 2 }),
  widths: s.repeat(s.int({ min: 8, max: 32, step: 8 }), { min: 1, max: 3 }),
  rate: s.real({ min: 0.001, max: 1, log: true }),
});

describe("guided draws", () => {
  it("replay the decisions of a genotype exactly, conditions and lists included", () => {
    for (let i = 0; i < 200; i++) {
      const genotype = sample(tree, rngOf(1, i));
      const taken = new Map(decided(tree, genotype).map((it) => [it.key, it.value]));
      const again = guidedSample(tree, rngOf(2, i), {
        choose: (key) => taken.get(key) ?? 0,
        place: (key) => taken.get(key) ?? 0,
      });
      expect({ ...again, rate: 0 }).toEqual({ ...genotype, rate: 0 });
      expect(again.rate).toBeCloseTo(genotype.rate, 10);
    }
  });

  it("are valid whatever the guide says", () => {
    const guides = [0, 1].map((last) => ({
      choose: (_: string, weights: readonly number[]) => (last === 1 ? weights.length - 1 : 0),
      place: () => last,
    }));
    for (const guide of guides)
      expect(isIssue(validate(tree, guidedSample(tree, rngOf(3), guide)))).toBe(false);
  });
});

describe("the Parzen density", () => {
  const finite = s.object({ op: s.oneOf(["a", "b", "c"]), keep: s.boolean() });
  const points = ["a", "b", "c"].flatMap((op) => [true, false].map((keep) => decided(finite, { op, keep })));

  it("sums to one over all points, jointly and by decision", () => {
    const density = new Parzen(points.slice(0, 4).map(observationOf));
    for (const of of ["joint", "independent"] as const) {
      const sum = points.reduce((total, point) => total + Math.exp(density[of](point)), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it("integrates to one over a number, near the edges too", () => {
    const at = (value: number) => [{ key: "x", count: 0, value }];
    const density = new Parzen([at(0), at(0.3), at(0.98)].map(observationOf));
    let sum = 0;
    for (let i = 0; i < 10_000; i++) sum += Math.exp(density.joint(at((i + 0.5) / 10_000))) / 10_000;
    expect(sum).toBeCloseTo(1, 4);
  });

  it("draws by the law that it states", () => {
    const density = new Parzen(points.slice(0, 2).map(observationOf));
    const rng = rngOf(4, "draws");
    const counts = new Map<string, number>();
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      const near = density.component(rng);
      const drawn = guidedSample(finite, rng, {
        choose: (key, weights) => density.choose(near, key, weights, rng),
        place: (key) => density.place(near, key, rng),
      });
      const text = canonicalJson(decided(finite, drawn));
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    for (const point of points) {
      const chance = Math.exp(density.joint(point));
      const spread = Math.sqrt((chance * (1 - chance)) / draws);
      expect(Math.abs((counts.get(canonicalJson(point)) ?? 0) / draws - chance)).toBeLessThan(5 * spread);
    }
  });

  it("knows the normal distribution", () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 6);
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021, 6);
    expect(normalCdf(-1)).toBeCloseTo(0.1586553, 6);
  });
});

describe("tpe", () => {
  it("compares trials of one fidelity: the highest that has enough", () => {
    const trial = (number: number, rung: number, score: number): Scored => ({
      ...{ trial: number, genotype: null, rung, score },
    });
    const low = Array.from({ length: 30 }, (_, i) => trial(i, 0, 100 + i));
    const high = Array.from({ length: 10 }, (_, i) => trial(100 + i, 1, i));
    expect(byFidelity([...low, ...high])[0]?.trial).toBe(109);
    expect(byFidelity([...low, ...high.slice(1)])[0]?.trial).toBe(29);
  });

  it("beats random search where decisions depend on a branch, in both forms", async () => {
    // Worth most in one corner of the convolution's branch; nothing elsewhere.
    const objective = (genotype: unknown) => {
      const { block, rate, widths } = genotype as s.infer<typeof tree>;
      const inside = block.op === "conv" ? block.kernel + (block.dilation ?? 0) : 0;
      return inside - Math.abs(Math.log10(rate) + 1.5) + widths.reduce((a, b) => a + b, 0) / 96;
    };
    const bestOf = async (strategy: typeof tpe, seed: number, options = {}) => {
      const { told } = await simulateSearch(strategy, tree, { trials: 80, seed, objective, options });
      return Math.max(...told.map(({ score }) => score));
    };
    for (const multivariate of [0, 1]) {
      let wins = 0;
      for (let seed = 0; seed < 10; seed++) {
        if ((await bestOf(tpe, seed, { multivariate })) > (await bestOf(random, seed))) wins++;
      }
      expect(wins).toBeGreaterThanOrEqual(8);
    }
  });

  it("refuses options that make no sense", () => {
    expect(() => tpe.searcher({ share: 1 })).toThrow(/share must lie between 0 and 1/i);
    expect(() => tpe.searcher({ multivariate: 2 })).toThrow(/multivariate must be 0 or 1/i);
    expect(() => tpe.searcher({ startup: 0 })).toThrow(/startup must be a whole number/i);
  });
});
