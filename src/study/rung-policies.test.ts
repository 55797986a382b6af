import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumeStudy, type SearchDocument, search } from "./index.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "morph-policies-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const TRIALS = 10;
const options = (dir: string, policy: "halving" | "hyperband") => ({
  ...{ data: "penguins", trials: TRIALS, seed: 3, workers: 1, pool: 1, study: "birds" },
  limits: { params: 3_000 },
  strategy: "random",
  dir: join(folder, dir),
  budget: { rungs: [1, 2, 4], eta: 2, finalEpochs: 1, finalists: 1, policy },
});

async function whole(dir: string, policy: "halving" | "hyperband"): Promise<SearchDocument> {
  await using study = await search(options(dir, policy));
  for await (const _ of study.run()) {
    // to its end
  }
  return study.document();
}

const essence = ({ trials, best }: SearchDocument) => ({
  trials: trials.map(({ number, genotype, valAccuracy, epochs, rung, curve, spans }) => ({
    ...{ number, genotype, valAccuracy, epochs, rung, curve },
    rungs: spans.map((it) => it.rung),
  })),
  best: best?.number,
});

describe("a study with brackets", () => {
  it("begins trials where their bracket begins, and trains them on as their bracket says", async () => {
    const { trials } = await whole("hyperband", "hyperband");
    // Brackets of 4, 3 and 3 trials, which begin with 1, 2 and 4 epochs.
    expect(trials.map(({ spans }) => spans[0]?.rung)).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(trials.map(({ curve }) => curve[0]?.epoch)).toEqual(trials.map(() => 1));
    const reached = (from: number, to: number, rung: number) =>
      trials.slice(from, to).filter(({ spans }) => spans.some((it) => it.rung === rung)).length;
    expect([0, 1, 2].map((rung) => reached(0, 4, rung))).toEqual([4, 2, 1]);
    expect([1, 2].map((rung) => reached(4, 7, rung))).toEqual([3, 1]);
    expect(reached(7, 10, 2)).toBe(3);
    for (const { spans, epochs } of trials) {
      const last = spans.at(-1)?.rung ?? 0;
      expect(epochs).toBe([1, 2, 4, 5][last]);
    }
  });

  it("goes on after interruptions as if there had been none", async () => {
    const expected = essence(await whole("whole", "halving"));
    const stops = [2, 9];
    for (const [i, stop] of stops.entries()) {
      const dir = join(folder, "cut");
      const resumed = { dir, workers: 1 };
      await using study =
        i === 0 ? await search(options("cut", "halving")) : await resumeStudy("birds", resumed);
      let told = study.document().trials.reduce((sum, { spans }) => sum + spans.length, 0);
      for await (const event of study.run()) {
        if (event.type === "rung" && ++told >= stop) break;
      }
    }
    await using last = await resumeStudy("birds", { dir: join(folder, "cut"), workers: 1 });
    for await (const _ of last.run()) {
      // to its end
    }
    expect(essence(last.document())).toEqual(expected);
  });

  it("refuses a policy that does not exist, with the nearest name", async () => {
    const wrong = { ...options("wrong", "halving"), budget: { policy: "hyperbant" as "hyperband" } };
    await expect(search(wrong)).rejects.toThrow(/unknown_rungs.*Did you mean hyperband\?/);
  });
});
