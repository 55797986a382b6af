import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../data/index.js";
import { initialWeights } from "../nn/index.js";
import { loadModel, saveModel } from "../onnx/index.js";
import { tinyImageFiles } from "../testing/tiny-image-files.node.js";
import { buildModel, exportModel, problemOf } from "../train/index.js";
import { architectureBody, zooOf } from "../zoo/index.js";
import { openSpace, resumeStudy, search } from "./index.js";

let folder = "";
let data = "";
let file = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "morph-around-"));
  data = await tinyImageFiles(join(folder, "images"));
  await using dataset = await openDataset(data);
  const problem = problemOf(dataset);
  const body = architectureBody(zooOf("resnet8"), { width: 4 });
  const network = buildModel("m", problem, body, { training: false, batch: "N" });
  file = join(folder, "bars.onnx");
  await saveModel(file, exportModel(network, initialWeights(network, 1), problem));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a search around an ONNX file", () => {
  const budget = { rungs: [1, 2], eta: 2, finalEpochs: 1, finalists: 1 };

  it("edits it, goes on from its weights, keeps limits, and needs the same file to resume", async () => {
    const dir = join(folder, "studies");
    const options = { data, trials: 2, workers: 1, seed: 1, limits: { params: 8000 }, budget };
    {
      await using study = await search({ ...options, space: file, dir, study: "around" });
      for await (const _ of study.run()) {
        // to its end
      }
      const document = study.document();
      expect(document.space.name).toBe("bars.onnx");
      expect(document.trials.length).toBe(2);
      for (const trial of document.trials) {
        expect(trial.error).toBeUndefined();
        expect(trial.params).toBeLessThanOrEqual(8000);
      }
      const best = await loadModel(document.best?.onnx ?? "");
      expect(best.metadata["morphospace.space"]).toBe("bars.onnx@1");
    }
    const kept = join(folder, "kept.onnx");
    await copyFile(file, kept);
    await rm(file);
    await expect(resumeStudy("around", { dir })).rejects.toThrow(/space_changed.*Put it back/);
    await copyFile(kept, file);
    await using again = await resumeStudy("around", { dir, trials: 2 });
    expect(again.document().trials.length).toBe(2);
  });

  it("says in one line what is wrong with a file", async () => {
    const broken = join(folder, "broken.onnx");
    await writeFile(broken, "not a model");
    for (const path of [broken, join(folder, "missing.onnx")]) {
      const error: unknown = await openSpace(path).catch((it: unknown) => it);
      expect(String(error)).toContain(path);
      expect(String(error).split("\n").length).toBe(1);
    }
    await expect(search({ data, space: "nb201", replaceHead: true })).rejects.toThrow(/option_misplaced/);
    const other = await tinyImageFiles(join(folder, "other"), { classes: 4 });
    await expect(search({ data: other, space: file, dir: join(folder, "x"), trials: 1 })).rejects.toThrow(
      /classes.*replaceHead/,
    );
    const { space } = await openSpace(file, { replaceHead: true });
    await using dataset = await openDataset(other);
    expect(space.accepts(problemOf(dataset))).toBeUndefined();
  });
});
