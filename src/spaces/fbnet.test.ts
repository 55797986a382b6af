import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { countParams } from "../nn/index.js";
import { neighbours, sample, size, validate } from "../schema/index.js";
import { buildModel, optimizerOf } from "../train/index.js";
import { FBNET_V3, type FbnetRow, problemOfShape } from "../zoo/index.js";
import {
  bodyOf,
  buildGenotype,
  type FbnetV3Genotype,
  fbnetRecipe,
  fbnetV3Search,
  fbnetV3Tiny,
  recipeFor,
  spaceOf,
} from "./index.js";

const imagenet = problemOfShape([3, 272, 272], 1000);
const { a } = fbnetV3Search.seeds ?? {};
if (a === undefined) throw new Error("the space names A");

/** Variant of the zoo as a genotype, whether the space holds it or not. */
function genotypeOf(name: keyof typeof FBNET_V3): FbnetV3Genotype {
  const { stem, blocks } = FBNET_V3[name];
  const rows = blocks.map((row) => row);
  const at = (i: number): FbnetRow => {
    const row = rows[i];
    if (row === undefined) throw new Error(`no row ${i}`);
    return row;
  };
  const part = ({ kernel, expansion }: FbnetRow) => ({ kernel: kernel as 3 | 5, expansion });
  const stage = (i: number) => ({
    width: at(i).channels,
    blocks: 1 + at(i + 1).count,
    first: part(at(i)),
    rest: part(at(i + 1)),
  });
  return {
    resolution: 224,
    stem,
    stage2: { kernel: 3, width: at(0).channels, blocks: at(0).count },
    stage3: stage(1),
    stage4: stage(3),
    stage5: stage(5),
    stage6: stage(7),
    stage7: stage(9),
    stage8: { kernel: 5, width: at(11).channels },
    recipe: a?.recipe ?? sample(fbnetRecipe, rngOf(1)),
  };
}

describe("fbnetv3", () => {
  it("holds the networks of table 1 times about 10⁷ recipes", () => {
    const recipes = 2n * 11n * 15n * 42n * 22n * 31n * 2n;
    const networks =
      7n *
      5n *
      40n *
      (64n * 4n * 4n) *
      (64n * 7n * 4n) *
      (64n * 8n * 5n) *
      (64n * 13n * 5n) *
      (64n * 12n * 5n) *
      24n;
    expect(size(fbnetRecipe)).toMatchObject({ count: recipes, exact: true });
    expect(size(fbnetV3Search.schema)).toMatchObject({ count: networks * recipes, exact: true });
  });

  it("A is a point of it, with the parameters of the zoo's", () => {
    expect({ ...genotypeOf("a"), resolution: 224 }).toEqual(a);
    const params = (genotype: FbnetV3Genotype) =>
      countParams(buildGenotype(fbnetV3Search, imagenet, genotype).network);
    expect(params(a)).toBe(8_598_464);
  });

  it("C to G lie outside, by channels that table 1 does not have", () => {
    for (const [name, path] of [
      ["c", "stage5/width"],
      ["d", "stage8/width"],
      ["e", "stage8/width"],
      ["f", "stage4/width"],
      ["g", "stem"],
    ] as const) {
      const result = validate(fbnetV3Search.schema, genotypeOf(name));
      expect(isIssue(result) && result.path).toBe(path);
    }
  });

  it("sees large images in the resolution that is named, small ones in proportion", () => {
    const sides = (input: number[], resolution: number) => {
      const { network } = buildGenotype(fbnetV3Search, problemOfShape(input, 10), { ...a, resolution });
      const stem = network.graph.nodes.find(({ opType }) => opType === "Conv")?.inputs[0];
      return stem?.shape.slice(2);
    };
    expect(sides([3, 272, 272], 224)).toEqual([224, 224]);
    expect(sides([3, 272, 272], 272)).toEqual([272, 272]);
    expect(sides([3, 240, 240], 256)).toEqual([240, 240]);
    expect(sides([1, 28, 28], 224)).toEqual([23, 23]);
    expect(sides([1, 28, 28], 272)).toEqual([28, 28]);
  });
});

describe.each([fbnetV3Search, fbnetV3Tiny])("the recipe of $name", (space) => {
  const problem = problemOfShape([1, 16, 16], 4);
  const genotype = (i: number) => sample(space.schema as typeof fbnetV3Tiny.schema, rngOf(3, "recipe", i));
  const own = space as typeof fbnetV3Tiny;

  it("says what the decisions say", () => {
    const decided = {
      ...genotype(0),
      recipe: { optimizer: "sgd", rate: 25, weightDecay: 9, mixup: 12, dropout: 10, dropPath: 1, ema: true },
    } as const;
    expect(recipeFor(own, own.recipe, decided)).toEqual({
      ...own.recipe,
      optimizer: "sgd",
      learningRate: 0.1,
      weightDecay: 9e-6,
      mixup: 0.12,
      ema: 0.999,
    });
    const other = { ...decided, recipe: { ...decided.recipe, optimizer: "rmsprop", ema: false } } as const;
    const { learningRate, ema, optimizer } = recipeFor(own, own.recipe, other);
    expect({ learningRate, ema }).toEqual({ learningRate: 0.025, ema: 0 });
    expect(optimizer).toMatch(/^rmsprop:.*inside=true/);
  });

  it("is one that the trainer takes, for every draw", () => {
    const keys = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const recipe = recipeFor(own, own.recipe, genotype(i));
      const { average, name } = optimizerOf(recipe);
      expect(average !== undefined).toBe((recipe.ema ?? 0) > 0);
      expect(name).toMatch(/sgd|rmsprop/);
      keys.add(Object.keys(recipe).sort().join());
    }
    expect(keys.size).toBe(1);
  });

  it("is part of what makes a trial, and dropout and stochastic depth are built", () => {
    const it = genotype(1);
    const hash = (recipe: Partial<typeof it.recipe>) =>
      buildGenotype(own, problem, { ...it, recipe: { ...it.recipe, ...recipe } }).hash;
    expect(hash({})).toBe(hash({}));
    for (const change of [
      { rate: it.recipe.rate === 20 ? 21 : 20 },
      { ema: !it.recipe.ema },
      { mixup: it.recipe.mixup === 0 ? 1 : 0 },
      { optimizer: it.recipe.optimizer === "sgd" ? "rmsprop" : "sgd" },
      { weightDecay: it.recipe.weightDecay === 7 ? 8 : 7 },
      { dropout: it.recipe.dropout === 10 ? 11 : 10 },
      { dropPath: it.recipe.dropPath === 1 ? 2 : 1 },
    ] as const) {
      expect(hash(change)).not.toBe(hash({}));
    }
    const rates = (recipe: Partial<typeof it.recipe>) => {
      const body = bodyOf(own, { ...it, recipe: { ...it.recipe, ...recipe } });
      const network = buildModel("m", problem, body, { training: true, batch: 2 });
      return network.graph.initializers.flatMap(({ data }) =>
        data !== undefined && data.dims.length === 0 ? [Number(data.data[0])] : [],
      );
    };
    expect(rates({ dropout: 31 })).toContainEqual(expect.closeTo(0.31, 6));
    expect(rates({ dropPath: 29 })).not.toEqual(rates({ dropPath: 1 }));
  });

  it("has neighbours that differ in the recipe alone", () => {
    const it = genotype(2);
    const near = [...neighbours(own.schema, it)].filter(
      (other) => JSON.stringify({ ...other, recipe: 0 }) === JSON.stringify({ ...it, recipe: 0 }),
    );
    expect(near.length).toBeGreaterThan(5);
  });
});

it("both are found by name", () => {
  expect(spaceOf("fbnetv3")).toBe(fbnetV3Search);
  expect(spaceOf("fbnetv3-tiny")).toBe(fbnetV3Tiny);
});
