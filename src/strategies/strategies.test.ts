import { describe, expect, it } from "vitest";
import { ExitCode, MorphError, messageOf, rngOf } from "../base/index.js";
import { distance, parse, s, sample } from "../schema/index.js";
import { spaceOf } from "../spaces/index.js";
import { simulateSearch } from "../testing/simulated-search.js";
import { strategyContract } from "../testing/strategy-contract.js";
import { listStrategies, random, regularizedEvolution, type Scored, strategyOf } from "./index.js";

const small = s.object({
  depth: s.int({ min: 1, max: 9 }),
  width: s.int({ min: 8, max: 64, step: 8 }),
  layers: s.repeat(s.oneOf(["a", "b", "c"]), { min: 1, max: 4 }),
  rate: s.real({ min: 0.001, max: 1, log: true }),
});

/** An image space, a space of tables, a benchmark. */
const SPACES = ["mobile-cnn", "tabular-mlp", "nb201"];

for (const strategy of listStrategies()) {
  strategyContract(strategy, {
    schemas: [
      { name: "a small schema", schema: small },
      ...SPACES.map((name) => ({ name, schema: spaceOf(name).schema, space: name })),
    ],
    program: "test/fixtures/strategy-child.ts",
    // Conversations grow with every trial.
    ...(strategy.needs.includes("language") && { trials: 24 }),
    // Learns anew after every 5 trials: three lessons show what eight would.
    ...(strategy.name === "bananas" && { trials: 26 }),
    // Evolves from trial 36 on.
    ...(strategy.name === "joint-recipe" && { trials: 42 }),
  });
}

describe("strategyOf", () => {
  it("names the nearest strategy", () => {
    expect(strategyOf("random")).toBe(random);
    try {
      strategyOf("regularised-evolution");
      expect.unreachable();
    } catch (error) {
      expect(messageOf(error)).toContain("Did you mean regularized-evolution?");
      expect(error instanceof MorphError && error.exitCode).toBe(ExitCode.usage);
    }
  });
});

describe("regularized evolution", () => {
  const options = { population: 6, tournament: 3 };
  const trial = (number: number, score: number): Scored => ({
    trial: number,
    genotype: sample(small, rngOf(0, "genotype", number)),
    score,
    rung: 0,
  });
  /** Parents that a searcher chooses over many questions. */
  async function parentsAfter(tells: readonly Scored[], given = options): Promise<(number | undefined)[]> {
    const searcher = regularizedEvolution.searcher(given);
    for (const it of tells) searcher.tell(it);
    const parents: (number | undefined)[] = [];
    for (let i = 0; i < 300; i++)
      parents.push((await searcher.ask(small, rngOf(1, "question", i), i)).parent);
    return parents;
  }

  it("samples until the population is full, then mutates", async () => {
    const searcher = regularizedEvolution.searcher(options);
    for (let i = 0; i < options.population; i++) {
      expect(await searcher.ask(small, rngOf(0, i), i)).toMatchObject({ origin: "random" });
      expect((await searcher.ask(small, rngOf(0, i), i)).parent).toBeUndefined();
      searcher.tell(trial(i, i));
    }
    expect(await searcher.ask(small, rngOf(0, "next"), 6)).toMatchObject({ origin: "mutation" });
  });

  it("mutates the parent that it names, a little", async () => {
    const tells = Array.from({ length: 6 }, (_, i) => trial(i, i));
    const searcher = regularizedEvolution.searcher(options);
    for (const it of tells) searcher.tell(it);
    let near = 0;
    let far = 0;
    for (let i = 0; i < 100; i++) {
      const { genotype, parent = -1 } = await searcher.ask(small, rngOf(2, i), 6);
      const to = (number: number) =>
        distance(small, parse(small, tells[number]?.genotype), parse(small, genotype));
      expect(to(parent)).toBeGreaterThan(0);
      near += to(parent);
      far += to((parent + 1) % tells.length);
    }
    expect(near).toBeLessThan(far / 2);
  });

  it("holds tournaments: the best of three of six is never one of the two worst", async () => {
    const parents = await parentsAfter(Array.from({ length: 6 }, (_, i) => trial(i, i)));
    expect(new Set(parents)).toEqual(new Set([2, 3, 4, 5]));
    const share = (number: number) => parents.filter((it) => it === number).length / parents.length;
    // Chances of the ranks: C(5,2), C(4,2), C(3,2), C(2,2) of C(6,3).
    for (const [number, chance] of [
      [5, 10 / 20],
      [4, 6 / 20],
      [3, 3 / 20],
      [2, 1 / 20],
    ] as const) {
      expect(Math.abs(share(number) - chance)).toBeLessThan(0.08);
    }
  });

  it("lets the oldest die, however good it was", async () => {
    const best = trial(0, 100);
    const others = Array.from({ length: 6 }, (_, i) => trial(i + 1, i));
    expect(await parentsAfter([best, ...others.slice(0, 5)])).toContain(0);
    expect(await parentsAfter([best, ...others])).not.toContain(0);
  });

  it("rescores in place: a higher rung does not make younger, nor bring back the dead", async () => {
    const tells = Array.from({ length: 6 }, (_, i) => trial(i, i));
    const [first, second] = tells;
    if (first === undefined || second === undefined) throw new Error("two trials");
    // Trial 0 becomes the best, and is still the next to die.
    const rescored = [...tells, { ...first, rung: 1, score: 50 }];
    expect(new Set(await parentsAfter(rescored, { population: 6, tournament: 6 }))).toEqual(new Set([0]));
    expect(await parentsAfter([...rescored, trial(6, 1)])).not.toContain(0);
    // Trial 1 then dies too; its late word changes nothing.
    const dead = [...rescored, trial(6, 1), trial(7, 1)];
    expect(await parentsAfter([...dead, { ...second, rung: 1, score: 99 }])).toEqual(
      await parentsAfter(dead),
    );
  });

  it("refuses populations and tournaments that make no sense, with both numbers", () => {
    const defaults = Number(regularizedEvolution.options.population);
    const refusals = [
      [{ population: 4, tournament: 5 }, "(5) must not exceed population (4)"],
      [{ tournament: defaults + 1 }, `(${defaults + 1}) must not exceed population (${defaults})`],
      [{ population: 1, tournament: 1 }, "at least 2"],
      [{ tournament: 0 }, "at least 1"],
      [{ population: 4.5 }, "must be whole numbers"],
    ] as const;
    for (const [given, text] of refusals) {
      expect(() => regularizedEvolution.searcher(given)).toThrow(text);
    }
  });

  it("beats random search on a smooth objective", async () => {
    const space = s.object(
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`x${i}`, s.int({ min: 0, max: 20 })])),
    );
    // The sum of squares around a point off the middle; 0 is the best.
    const objective = (genotype: unknown) =>
      -Object.values(genotype as Record<string, number>).reduce((sum, x) => sum + (x - 14) ** 2, 0);
    const bestOf = async (strategy: typeof random, seed: number) => {
      const { told } = await simulateSearch(strategy, space, { trials: 200, seed, objective });
      return Math.max(...told.map(({ score }) => score));
    };
    let wins = 0;
    for (let seed = 0; seed < 12; seed++) {
      if ((await bestOf(regularizedEvolution, seed)) > (await bestOf(random, seed))) wins++;
    }
    expect(wins).toBeGreaterThanOrEqual(11);
  });
});
