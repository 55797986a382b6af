import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { s, sample } from "../schema/index.js";
import { bohb, type Scored } from "./index.js";

const space = s.object(
  Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`x${i}`, s.oneOf(["a", "b", "c", "d", "e", "f"])])),
);
/** Letters that are an "a". */
const hits = (genotype: unknown) =>
  Object.values(genotype as Record<string, string>).filter((it) => it === "a").length;

const trial = (number: number, rung: number, score?: (genotype: unknown) => number): Scored => {
  const genotype = sample(space, rngOf(1, number));
  return { trial: number, genotype, rung, score: score?.(genotype) ?? hits(genotype) };
};

async function proposals(tells: readonly Scored[], options = {}) {
  await using searcher = bohb.searcher(options);
  for (const it of tells) searcher.tell(it);
  return Promise.all(Array.from({ length: 200 }, (_, i) => searcher.ask(space, rngOf(2, i), tells.length)));
}

describe("bohb", () => {
  it("comes with Hyperband", () => {
    expect(bohb.rungs).toBe("hyperband");
  });

  it("draws freely until a rung has two trials more than N_min, five for four decisions", async () => {
    const six = Array.from({ length: 6 }, (_, i) => trial(i, 0));
    expect((await proposals(six)).every(({ origin }) => origin === "random")).toBe(true);
    const seven = [...six, trial(6, 0)];
    const origins = (await proposals(seven)).map(({ origin }) => origin);
    const free = origins.filter((it) => it === "random").length / origins.length;
    expect(free).toBeGreaterThan(0.2);
    expect(free).toBeLessThan(0.47);
    expect((await proposals(seven, { random: 0 })).every(({ origin }) => origin === "parzen")).toBe(true);
  });

  it("learns from the highest rung that has enough trials, and from no lower one", async () => {
    // Low rungs say the opposite of the high one.
    const low = Array.from({ length: 60 }, (_, i) => trial(i, 0, (g) => -hits(g)));
    const high = low.slice(0, 30).map(({ trial: number }) => trial(number, 1));
    const mean = async (tells: readonly Scored[]) => {
      const found = await proposals(tells, { random: 0 });
      return found.reduce((sum, { genotype }) => sum + hits(genotype), 0) / found.length;
    };
    expect(await mean([...low, ...high])).toBeGreaterThan(1.5);
    expect(await mean([...low, ...high.slice(0, 6)])).toBeLessThan(0.5);
  });

  it("refuses options that make no sense", () => {
    expect(() => bohb.searcher({ random: 2 })).toThrow(/random must lie between 0 and 1/i);
    expect(() => bohb.searcher({ wider: 0.5 })).toThrow(/wider must be at least 1/i);
  });
});
