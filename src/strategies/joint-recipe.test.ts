import { describe, expect, it } from "vitest";
import { canonicalJson, rngOf } from "../base/index.js";
import { ortNode } from "../runtime/index.js";
import { enumerate, s, sample } from "../schema/index.js";
import { featuresOf } from "./features.js";
import { jointRecipe, type Scored, type Statistics } from "./index.js";
import { JointPredictor } from "./joint-predictor.js";
import { normalScores } from "./targets.js";

const stage = s.object({
  width: s.int({ min: 8, max: 24, step: 4 }),
  blocks: s.int({ min: 1, max: 3 }),
  kernel: s.oneOf([3, 5]),
});
/** 5 · 3 · 2 choices a stage, twice, and 6 recipes: 5,400 points. */
const space = s.object({
  stage1: stage,
  stage2: stage,
  recipe: s.object({ rate: s.oneOf([0.1, 0.01, 0.001]), average: s.boolean() }),
});
type Genotype = s.infer<typeof space>;

function macsOf(genotype: unknown): number {
  const { stage1, stage2 } = genotype as Genotype;
  const of = ({ width, blocks, kernel }: Genotype["stage1"]) => blocks * width * (width + kernel ** 2);
  return of(stage1) + of(stage2);
}
/** Larger networks are better; how much depends on the recipe. */
function objective(genotype: unknown): number {
  const { recipe, stage1 } = genotype as Genotype;
  const rate = { 0.1: 0.6, 0.01: 1, 0.001: 0.8 }[recipe.rate];
  return rate * Math.log(macsOf(genotype)) + (recipe.average === stage1.kernel > 3 ? 0.3 : 0);
}
const LIMIT = 1_500;
const statistics = async (genotype: unknown): Promise<Statistics> => ({
  counts: [macsOf(genotype), macsOf(genotype) / 3],
  fits: macsOf(genotype) <= LIMIT,
});

function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [agree, all] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      agree += Math.sign(((a[i] ?? 0) - (a[j] ?? 0)) * ((b[i] ?? 0) - (b[j] ?? 0)));
      all++;
    }
  }
  return agree / all;
}

describe("the pre-trained predictor", () => {
  /** Operators whose names say nothing of their size. */
  const operator = s.oneOf(["a", "b", "c", "d", "e", "f"]);
  const cells = s.object(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`layer${i}`, operator])));
  const sizeOf = (genotype: unknown) =>
    Object.values(genotype as Record<string, string>).reduce(
      (sum, it, i) => sum + (1 + i) * ((7 * it.charCodeAt(0)) % 6),
      1,
    );
  // Larger is better up to a point; one operator does harm.
  const worth = (genotype: unknown) =>
    Math.log(sizeOf(genotype)) - 0.1 * Object.values(genotype as object).filter((it) => it === "e").length;
  const { width, of } = featuresOf(cells);
  const draw = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => sample(cells, rngOf(3, from + i)));
  const tau = async (seed: number, pretrained: boolean) => {
    await using predictor = new JointPredictor(ortNode, width);
    if (pretrained) {
      const many = draw(10_000, 300);
      await predictor.pretrain(
        many.map(of),
        [...normalScores(many.map(sizeOf))].map((x) => Float32Array.of(x)),
        seed,
      );
    }
    const trained = draw(100 * seed, 16);
    await predictor.fit(trained.map(of), normalScores(trained.map(worth)), seed);
    const held = draw(50_000, 60);
    return kendall(await predictor.predict(held.map(of)), held.map(worth));
  };

  it("orders networks better after learning their sizes, from as few trials", async () => {
    let [learnt, blank] = [0, 0];
    for (let seed = 1; seed <= 3; seed++) {
      learnt += (await tau(seed, true)) / 3;
      blank += (await tau(seed, false)) / 3;
    }
    expect(learnt).toBeGreaterThan(blank + 0.1);
    expect(learnt).toBeGreaterThan(0.5);
  });
});

describe("joint-recipe", () => {
  /** A search as a study makes it: what breaks the limit is refused and asked for again. */
  async function search(trials: number, seed: number) {
    await using searcher = jointRecipe.searcher({}, { seed, runtime: ortNode, statistics });
    const told: (Scored & { origin: string })[] = [];
    const seen = new Set<string>();
    let refused = 0;
    for (let trial = 0; trial < trials; trial++) {
      for (let attempt = 0; ; attempt++) {
        const it = await searcher.ask(space, rngOf(seed, "ask", trial, attempt), trial, attempt);
        const text = canonicalJson(it.genotype);
        if (macsOf(it.genotype) > LIMIT) refused++;
        if ((macsOf(it.genotype) > LIMIT || seen.has(text)) && attempt < 200) continue;
        seen.add(text);
        const trialTold = { trial, genotype: it.genotype, score: objective(it.genotype), rung: 0 };
        told.push({ ...trialTold, origin: it.origin });
        searcher.tell(trialTold);
        break;
      }
    }
    return { told, refused };
  }

  it("finds the best of 5,400 points that keep the limit, and proposes none that breaks it", async () => {
    const best = Math.max(
      ...[...enumerate(space)].filter((it) => macsOf(it) <= LIMIT).map((it) => objective(it)),
    );
    const runs = await Promise.all([1, 2, 3].map((seed) => search(84, seed)));
    expect(runs.map(({ refused }) => refused)).toEqual([0, 0, 0]);
    const gaps = runs.map(({ told }) => best - Math.max(...told.map(({ score }) => score)));
    expect(gaps.filter((gap) => gap < 1e-9).length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...gaps)).toBeLessThan(0.05);
  });

  it("takes its first rounds from the pool, spread over sizes, and then evolves", async () => {
    const { told } = await search(40, 5);
    const origins = told.map(({ origin }) => origin);
    expect(origins.slice(0, 12)).toEqual(Array(12).fill("pool"));
    expect(origins.slice(12, 36)).toEqual(Array(24).fill("predicted"));
    expect(origins.slice(36)).toEqual(Array(4).fill("evolved"));
    // Four in a row come from four ranges of size.
    const sizes = [0, 1, 2, 3].map((bin) =>
      told
        .slice(0, 12)
        .filter(({ trial }) => trial % 4 === bin)
        .map(({ genotype }) => macsOf(genotype)),
    );
    for (let bin = 1; bin < 4; bin++)
      expect(Math.min(...(sizes[bin] ?? []))).toBeGreaterThanOrEqual(Math.max(...(sizes[bin - 1] ?? [])));
  });

  it("refuses options that make no sense", () => {
    const tools = { seed: 0, runtime: ortNode };
    expect(() => jointRecipe.searcher({ pool: 5 }, tools)).toThrow(/pool \(5\) must not be below batch/i);
    expect(() => jointRecipe.searcher({ rounds: 0 }, tools)).toThrow(/rounds must be a whole number/i);
    expect(jointRecipe.rungs).toBe("correlation");
  });
});
