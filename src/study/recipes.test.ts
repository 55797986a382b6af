import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeReport } from "../report/index.js";
import { fbnetV3Tiny, recipeFor, type Space } from "../spaces/index.js";
import { tinyImageFiles } from "../testing/tiny-image-files.node.js";
import { search } from "./index.js";

let folder = "";
let data = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "morph-recipes-"));
  data = await tinyImageFiles(join(folder, "images"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a search of networks and recipes", () => {
  it("trains each trial by its own recipe, and says so in document, card and report", async () => {
    const options = { data, trials: 3, seed: 2, workers: 1, pool: 1, limits: { macs: 400_000 } };
    const budget = { rungs: [1, 2], eta: 2, finalEpochs: 1, finalists: 1 };
    await using study = await search({
      ...options,
      budget,
      space: "fbnetv3-tiny",
      dir: join(folder, "studies"),
      writeReport,
    });
    for await (const _ of study.run()) {
      // to its end
    }
    const document = study.document();
    expect(document.trials.length).toBe(3);
    const space: Space = fbnetV3Tiny;
    for (const trial of document.trials) {
      expect(trial.recipe).toEqual(recipeFor(space, space.recipe, trial.genotype));
      expect(trial.error).toBeUndefined();
      // The first epoch ends its warm-up; where the rate was then is the trial's own.
      const top = Math.max(...trial.curve.map(({ learningRate }) => learningRate));
      expect(top).toBeLessThanOrEqual((trial.recipe?.learningRate ?? 0) + 1e-9);
      expect(top).toBeGreaterThan((trial.recipe?.learningRate ?? 0) / 4);
    }
    const { best } = document;
    if (best === null) throw new Error("no winner");
    const winner = document.trials.find(({ number }) => number === best.number);
    expect(best.recipe).toEqual(winner?.recipe);
    expect(best.testAccuracy).toBeGreaterThan(0.3);
    const card: { recipe: unknown } = JSON.parse(await readFile(best.card, "utf8"));
    expect(card.recipe).toEqual(winner?.recipe);
    const report = await readFile(best.report, "utf8");
    expect(report).toContain("Trained by");
    expect(report).toContain(`learningRate ${winner?.recipe?.learningRate}`);
    expect(report).toContain("recipe.optimizer");
  });

  it("does not let a recipe be settled that the space decides on", async () => {
    const options = { data, trials: 1, space: "fbnetv3-tiny", dir: join(folder, "refused") };
    await expect(search({ ...options, recipe: { learningRate: 0.1 } })).rejects.toThrow(
      /recipe_decided.*learningRate.*leave it out/,
    );
  });
});
