import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sample } from "../schema/index.js";
import { defineStrategy, nsga2, random, type Scored } from "../strategies/index.js";
import { resumeStudy, search } from "./index.js";
import { objectivesFor, objectivesOfTrial } from "./objectives.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "morph-objectives-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Draws at random, for several objectives, and writes down what it is told. */
function listener(heard: Scored[]) {
  return defineStrategy({
    name: "listener",
    description: "listens",
    options: {},
    manyObjectives: true,
    start: () => undefined,
    tell(_, trial) {
      heard.push(trial);
      return undefined;
    },
    ask: (_, { schema, rng }) => ({ genotype: sample(schema, rng), origin: "random" }),
  });
}

describe("objectives of a study", () => {
  it("are a strategy's own, or those that are asked for", () => {
    expect(objectivesFor(nsga2, undefined)).toEqual(["params", "macs"]);
    expect(objectivesFor(random, undefined)).toEqual([]);
    expect(objectivesFor(nsga2, ["latencyMs", "params", "latencyMs"])).toEqual(["latencyMs", "params"]);
    expect(() => objectivesFor(nsga2, ["parms"])).toThrow(/unknown_objective.*Did you mean params\?/);
    expect(() => objectivesFor(random, ["params"])).toThrow(/objectives_one.*nsga2/);
  });

  it("are turned so that higher is better", () => {
    const costs = { params: 10, macs: 20, flops: 40, weightBytes: 40, peakActivationBytes: 8 };
    expect(objectivesOfTrial(0.9, costs, ["macs", "params"])).toEqual([0.9, -20, -10]);
    expect(objectivesOfTrial(0.9, costs, ["latencyMs"])[1]).toBe(-Number.MAX_VALUE);
  });

  it("are told with each trial, and again at resume", async () => {
    const heard: Scored[] = [];
    const options = {
      ...{ data: "penguins", trials: 3, seed: 1, workers: 1, pool: 1, study: "birds", dir: folder },
      budget: { rungs: [1, 2], eta: 2, finalEpochs: 1, finalists: 1 },
      strategy: listener(heard),
      objectives: ["params", "macs"] as const,
    };
    const trials = await (async () => {
      await using study = await search(options);
      for await (const _ of study.run()) {
        // to its end
      }
      return study.document().trials;
    })();
    expect(heard.length).toBeGreaterThanOrEqual(3);
    for (const { trial, score, objectives } of heard) {
      const { params, macs } = trials.find(({ number }) => number === trial) ?? { params: 0, macs: 0 };
      expect(objectives).toEqual([score, -params, -macs]);
    }
    const again: Scored[] = [];
    await using _ = await resumeStudy("birds", { dir: folder, strategy: listener(again) });
    expect(again).toEqual(heard);
  });
});
