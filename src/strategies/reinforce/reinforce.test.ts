import { describe, expect, it } from "vitest";
import { canonicalJson, rngOf } from "../../base/index.js";
import { enumerate, s, sample } from "../../schema/index.js";
import { simulateSearch } from "../../testing/simulated-search.js";
import { Parameters } from "../learning/parameters.js";
import { genotypeBy, type Token, tokensOf } from "../learning/tokens.js";
import { random } from "../random.js";
import { Controller } from "./controller.js";
import { reinforce } from "./index.js";
import { LogitTable } from "./logit-table.js";
import type { Policy } from "./policy.js";

/** Conditions, a list, a weight: 2·(1 + 2 + 4) + 3·… points, few enough to sum over. */
const tiny = s.object({
  block: s.oneOf(
    { conv: s.object({ kernel: s.oneOf([1, 3, 5]) }), none: s.object({}) },
    { weights: { conv: 3, none: 1 } },
  ),
  list: s.repeat(s.boolean(), { min: 0, max: 2 }),
});
const points = [...enumerate(tiny)];
const POLICIES: readonly (readonly [string, (parameters: Parameters) => Policy])[] = [
  ["controller", (parameters) => new Controller(parameters)],
  ["table of logits", (parameters) => new LogitTable(parameters)],
];

function logChance(policy: Policy, tokens: readonly Token[]): number {
  const walk = policy.walk();
  let sum = 0;
  for (const { key, weights, taken } of tokens) {
    sum += Math.log(walk.chances(key, weights)[taken] ?? 0);
    walk.took(taken);
  }
  return sum;
}

/** Wide first weights, so that chances differ. */
function trained(make: (parameters: Parameters) => Policy): { policy: Policy; parameters: Parameters } {
  const parameters = new Parameters(2);
  const policy = make(parameters);
  for (const point of points) logChance(policy, tokensOf(tiny, point));
  for (const { value } of parameters.all()) for (const i of value.keys()) value[i] = 6 * (value[i] ?? 0);
  return { policy, parameters };
}

describe.each(POLICIES)("%s", (_, make) => {
  it("has chances that sum to one over all genotypes", () => {
    const { policy } = trained(make);
    const sum = points.reduce((total, it) => total + Math.exp(logChance(policy, tokensOf(tiny, it))), 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it("gathers, over all genotypes, the exact gradient of the expected reward; a baseline changes nothing", () => {
    const { policy, parameters } = trained(make);
    const reward = (i: number) => Math.sin(3 * i + 1);
    const tokens = points.map((it) => tokensOf(tiny, it));
    const expected = () =>
      tokens.reduce((sum, it, i) => sum + Math.exp(logChance(policy, it)) * reward(i), 0);
    for (const baseline of [0, 7]) {
      for (const [i, it] of tokens.entries())
        policy.gather(it, Math.exp(logChance(policy, it)) * (reward(i) - baseline), 0);
      for (const { value, gradient } of parameters.all()) {
        // A few numbers of each block.
        for (let i = 0; i < value.length; i += Math.ceil(value.length / 2)) {
          const kept = value[i] ?? 0;
          value[i] = kept + 1e-5;
          const above = expected();
          value[i] = kept - 1e-5;
          const below = expected();
          value[i] = kept;
          expect(gradient[i]).toBeCloseTo(-(above - below) / 2e-5, 7);
        }
        gradient.fill(0);
      }
    }
  });

  it("starts near the space's own weights, and goes back where a decision is taken again", () => {
    const policy = make(new Parameters(1));
    let conv = 0;
    for (let i = 0; i < 400; i++) {
      const rng = rngOf(4, i);
      const walk = policy.walk();
      const drawn = genotypeBy(tiny, rng, (key, weights) => {
        const at = rng.weighted([...walk.chances(key, weights)]);
        walk.took(at);
        return at;
      });
      if (drawn.block.op === "conv") conv++;
    }
    expect(conv / 400).toBeGreaterThan(0.67);
    expect(conv / 400).toBeLessThan(0.83);
    const walk = policy.walk();
    const first = walk.chances("a", [1, 1]);
    walk.took(0);
    walk.chances("b", [1, 1, 1]);
    walk.took(2);
    expect(walk.chances("a", [1, 1])).toEqual(first);
    expect(walk.chances("a", [0, 1])[0]).toBe(0);
  });
});

describe("reinforce", () => {
  const five = s.oneOf([0, 1, 2, 3, 4]);
  const cells = s.object({ a: five, b: five, c: five, d: five, e: five, f: five, g: five });
  const objective = (genotype: unknown) => {
    const { a, b, c, d, e, f, g } = genotype as s.infer<typeof cells>;
    return (a + b + e + f + g + (c === d ? 4 : 0) + (a === 4 ? d : 0)) / 28;
  };
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;

  it.each([1, 0])("proposes better and better ones (controller %i)", async (controller) => {
    const options = { controller, rate: controller === 1 ? 5e-3 : 0.1 };
    for (let seed = 0; seed < 2; seed++) {
      const { told } = await simulateSearch(reinforce, cells, { trials: 300, seed, options, objective });
      const scores = told.map((it) => it.score);
      const drawn = await simulateSearch(random, cells, { trials: 300, seed, objective });
      expect(mean(scores.slice(-100))).toBeGreaterThan(mean(drawn.told.map((it) => it.score)) + 0.2);
    }
  });

  it("learns from tells alone: a baseline of past rewards, and nothing from the first one", async () => {
    // One trial a batch: after the first tell the policy is still the untrained one, after the second it is not.
    const options = { batch: 1 };
    const askedAfter = async (told: number) => {
      await using searcher = reinforce.searcher(options, { seed: 9 });
      for (let i = 0; i < told; i++)
        searcher.tell({ trial: i, genotype: sample(cells, rngOf(5, i)), score: i + 1, rung: 0 });
      const asked: string[] = [];
      for (let i = 0; i < 60; i++)
        asked.push(canonicalJson((await searcher.ask(cells, rngOf(6, i), 99)).genotype));
      return asked;
    };
    expect(await askedAfter(1)).toEqual(await askedAfter(0));
    const rates = { ...options, rate: 0.2 };
    await using eager = reinforce.searcher(rates, { seed: 9 });
    for (let i = 0; i < 2; i++)
      eager.tell({ trial: i, genotype: sample(cells, rngOf(5, i)), score: i + 1, rung: 0 });
    const now: string[] = [];
    for (let i = 0; i < 60; i++) now.push(canonicalJson((await eager.ask(cells, rngOf(6, i), 99)).genotype));
    expect(now).not.toEqual(await askedAfter(0));
  });

  it("does not depend on the unit of the scores", async () => {
    const run = async (unit: number) => {
      const scaled = (genotype: unknown) => unit * (0.1 + objective(genotype));
      const { proposals } = await simulateSearch(reinforce, cells, {
        trials: 60,
        seed: 3,
        objective: scaled,
      });
      return proposals;
    };
    expect(await run(2 ** -20)).toEqual(await run(1));
  });

  it("proposes other things where the same was refused or is told over and over", async () => {
    await using searcher = reinforce.searcher({ batch: 1, rate: 0.05 }, { seed: 1 });
    const best = { a: 4, b: 4, c: 4, d: 4, e: 4, f: 4, g: 4 };
    for (let i = 0; i < 200; i++) {
      const genotype = i % 2 === 0 ? best : sample(cells, rngOf(7, i));
      searcher.tell({ trial: i, genotype, score: i % 2 === 0 ? 1 : 0.1, rung: 0 });
    }
    const different = async (attempt: number) => {
      const seen = new Set<string>();
      for (let i = 0; i < 50; i++)
        seen.add(canonicalJson((await searcher.ask(cells, rngOf(8, i), 200, attempt)).genotype));
      return seen.size;
    };
    const settled = await different(0);
    expect(await different(100)).toBeGreaterThan(settled + 10);
    for (let i = 0; i < 40; i++) searcher.tell({ trial: 200 + i, genotype: best, score: 1, rung: 0 });
    expect(await different(0)).toBeGreaterThan(settled + 10);
  });

  it.each([
    [{ controller: 2 }, "Controller"],
    [{ rate: 0 }, "Rate"],
    [{ batch: 0 }, "Batch"],
    [{ decay: 1 }, "Decay"],
    [{ power: 0 }, "Power"],
    [{ entropy: -1 }, "Entropy"],
  ])("refuses %j", (options, name) => {
    expect(() => reinforce.searcher(options)).toThrow(name);
  });
});
