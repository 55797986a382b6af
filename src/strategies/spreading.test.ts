import { describe, expect, it } from "vitest";
import { canonicalJson, rngOf } from "../base/index.js";
import { s } from "../schema/index.js";
import { nb201, spaceOf } from "../spaces/index.js";
import { simulateSearch } from "../testing/simulated-search.js";
import { grid, quasiRandom, random } from "./index.js";
import { haltonRng } from "./low-discrepancy.js";

describe("quasi-random", () => {
  /** Largest gap between the share of points below a corner and the corner's area. */
  function discrepancy(points: readonly (readonly [number, number])[]): number {
    let worst = 0;
    for (let i = 1; i <= 20; i++) {
      for (let j = 1; j <= 20; j++) {
        const [x, y] = [i / 20, j / 20];
        const inside = points.filter(([a, b]) => a < x && b < y).length / points.length;
        worst = Math.max(worst, Math.abs(inside - x * y));
      }
    }
    return worst;
  }

  it("fills the square more evenly than independent draws, under every seed", () => {
    for (let seed = 0; seed < 10; seed++) {
      const draw = (stream: (i: number) => { float(): number }) =>
        Array.from({ length: 64 }, (_, i) => {
          const rng = stream(i);
          return [rng.float(), rng.float()] as const;
        });
      const even = discrepancy(draw((i) => haltonRng(seed, i + 1, rngOf(seed, i))));
      const plain = discrepancy(draw((i) => rngOf(seed, "plain", i)));
      expect(even).toBeLessThan(plain);
      expect(even).toBeLessThan(0.09);
    }
  });

  it("takes each value of a decision equally often", async () => {
    const space = s.object({ a: s.oneOf(["x", "y"]), b: s.oneOf([1, 2, 3]) });
    const { proposals } = await simulateSearch(quasiRandom, space, { trials: 60, seed: 5 });
    const count = (test: (g: { a: string; b: number }) => boolean) =>
      proposals.filter(({ genotype }) => test(genotype as { a: string; b: number })).length;
    for (const a of ["x", "y"]) expect(count((g) => g.a === a)).toBe(30);
    for (const b of [1, 2, 3]) expect(count((g) => g.b === b)).toBe(20);
  });
});

describe("grid", () => {
  it("visits every point once, from a place of the seed's choice", async () => {
    const space = s.object({ a: s.int({ min: 0, max: 6 }), b: s.oneOf(["x", "y", "z"]) });
    const run = async (seed: number) => (await simulateSearch(grid, space, { trials: 21, seed })).proposals;
    const first = await run(1);
    expect(new Set(first.map((it) => canonicalJson(it.genotype))).size).toBe(21);
    expect(first.map((it) => it.genotype)).not.toEqual((await run(2)).map((it) => it.genotype));
  });

  it("stands for reals by evenly spaced values", async () => {
    const space = s.object({ rate: s.real({ min: 0, max: 1 }) });
    const { proposals } = await simulateSearch(grid, space, { trials: 5, seed: 0, options: { steps: 5 } });
    const rates = proposals.map(({ genotype }) => (genotype as { rate: number }).rate);
    expect(rates.sort((a, b) => a - b)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it("says where a space is too large for it", () => {
    expect(grid.accepts(nb201.schema)).toBeUndefined();
    expect(grid.accepts(spaceOf("mobile-cnn").schema)).toContain("at most 200,000 points");
    expect(random.accepts(spaceOf("mobile-cnn").schema)).toBeUndefined();
    expect(() => grid.searcher({ steps: 1 })).toThrow("at least 2");
  });
});
