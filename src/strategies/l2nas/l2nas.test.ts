import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { rngOf } from "../../base/index.js";
import { type Tensor, tensor } from "../../ir/index.js";
import { Builder, refOf } from "../../ops/index.js";
import { interpret, ortNode, type Session } from "../../runtime/index.js";
import { s } from "../../schema/index.js";
import { spaceOf } from "../../spaces/index.js";
import { simulateSearch } from "../../testing/simulated-search.js";
import { flatLength } from "../learning/flat-model.js";
import { random } from "../random.js";
import { Elite } from "./elite.js";
import { l2nas } from "./index.js";
import { CARRIED, checkLoss, firstWeights, mlp, updateModel, writeMlp } from "./networks.js";

describe("the check loss", () => {
  const lossAt = async (prediction: number, targets: readonly number[], tau: number) => {
    const g = new Builder("loss");
    const p = g.input("p", "float32", []);
    const t = g.input("t", "float32", [targets.length]);
    const graph = g.finish([g.identityAs(checkLoss(g, p, t, tau), "loss")]);
    const feeds = {
      p: refOf(tensor("float32", [], [prediction])),
      t: refOf(tensor("float32", [targets.length], targets)),
    };
    return Number(interpret(graph, feeds).loss?.data[0]);
  };

  it.each([0.5, 0.9])("is least, among constants, at the empirical quantile (%f)", async (tau) => {
    const targets = Array.from({ length: 31 }, (_, i) => Math.round(100 * rngOf(1, i).normal()) / 10);
    const losses = await Promise.all(targets.map((it) => lossAt(it, targets, tau)));
    const best = targets[losses.indexOf(Math.min(...losses))] ?? Number.NaN;
    const below = targets.filter((it) => it <= best).length / targets.length;
    expect(below).toBeGreaterThanOrEqual(tau);
    expect(below - 1 / targets.length).toBeLessThan(tau);
  });
});

describe("the state", () => {
  it("is the mean of the encodings of the best, by brute force", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 }), (scores) => {
        const elite = new Elite(4, 2);
        scores.forEach((score, i) => {
          elite.add(Float32Array.from([i, 1]), score);
        });
        const best = scores
          .map((score, i) => ({ score, i }))
          .sort((a, b) => b.score - a.score || a.i - b.i)
          .slice(0, 4);
        const mean = best.reduce((sum, { i }) => sum + i, 0) / best.length;
        const state = elite.mean();
        if (best.length === 0) expect([...state]).toEqual([0.5, 0.5]);
        else {
          expect(state[0]).toBeCloseTo(mean, 5);
          expect(state[1]).toBeCloseTo(1, 5);
        }
      }),
    );
  });
});

describe("the updates", () => {
  const [width, updates, batch] = [4, 3, 8];
  const shape = { width, updates, batch, rate: 1e-2, quantile: 0.9 };
  let session: Session;
  beforeAll(async () => {
    session = await ortNode.load(updateModel(shape));
    return () => session[Symbol.asyncDispose]();
  });

  const numbers = (name: string, length: number) => {
    const rng = rngOf(2, name);
    return Float32Array.from({ length }, () => rng.normal());
  };
  function feedsOf(seed: number, critic = seed): Record<string, Tensor> {
    const vector = (data: Float32Array) => tensor("float32", [data.length], data);
    const [actor, value] = [mlp(width, width), mlp(2 * width, 1)];
    const zeros = (of: typeof actor) => vector(new Float32Array(flatLength(of)));
    return {
      actor: vector(firstWeights(actor, seed, "actor")),
      actor_first: zeros(actor),
      actor_second: zeros(actor),
      critic: vector(firstWeights(value, critic, "critic")),
      critic_first: zeros(value),
      critic_second: zeros(value),
      step: tensor("float32", [], [0]),
      states: tensor("float32", [updates, batch, width], numbers("states", updates * batch * width)),
      actions: tensor("float32", [updates, batch, width], numbers("actions", updates * batch * width)),
      rewards: tensor("float32", [updates, batch], numbers("rewards", updates * batch)),
      state: tensor("float32", [1, width], numbers("state", width)),
    };
  }

  it("move critic and actor, count the steps, and give an action between 0 and 1", async () => {
    const feeds = feedsOf(1);
    const results = await session.run(feeds);
    for (const name of CARRIED) expect(results[`${name}_out`]?.data).not.toEqual(feeds[name]?.data);
    expect(results.step_out?.data[0]).toBe(updates);
    for (const it of (results.action?.data ?? []) as Float32Array) expect(it > 0 && it < 1).toBe(true);
  });

  it("let the actor climb the critic, which it never moves", async () => {
    const [one, other] = [
      await session.run(feedsOf(1)),
      await session.run({ ...feedsOf(1), actor: feedsOf(5).actor ?? tensor("float32", [], [0]) }),
    ];
    expect(other.critic_out?.data).toEqual(one.critic_out?.data);
    expect(other.actor_out?.data).not.toEqual(one.actor_out?.data);
    // Another critic teaches another actor.
    const taught = await session.run(feedsOf(1, 9));
    expect(taught.actor_out?.data).not.toEqual(one.actor_out?.data);
  });

  it("bring the critic to the quantile of what it sees", async () => {
    let feeds = feedsOf(3);
    const rewards = Float32Array.from({ length: updates * batch }, (_, i) => (i % 10 === 0 ? 1 : 0));
    const still = tensor("float32", [updates, batch, width], new Float32Array(updates * batch * width));
    feeds = {
      ...feeds,
      rewards: tensor("float32", [updates, batch], rewards),
      states: still,
      actions: still,
    };
    for (let run = 0; run < 200; run++) {
      const results = await session.run(feeds);
      feeds = {
        ...feeds,
        ...Object.fromEntries(CARRIED.map((name) => [name, results[`${name}_out`] as Tensor])),
      };
    }
    // More than nine tenths of the rewards are 0 or more than one tenth is 1: the quantile lies between.
    const g = new Builder("critic");
    const theta = g.input("theta", "float32", [flatLength(mlp(2 * width, 1))]);
    const x = g.constant(tensor("float32", [1, 2 * width], new Float32Array(2 * width)));
    const graph = g.finish([g.identityAs(writeMlp(g, mlp(2 * width, 1), theta, x), "q")]);
    const q = Number(interpret(graph, { theta: refOf(feeds.critic as Tensor) }).q?.data[0]);
    expect(q).toBeGreaterThan(0.3);
    expect(q).toBeLessThan(1.1);
  });
});

describe("l2nas", () => {
  const cells = s.object({
    a: s.oneOf([0, 1, 2, 3, 4]),
    b: s.oneOf([0, 1, 2, 3, 4]),
    c: s.oneOf([0, 1, 2, 3, 4]),
    rate: s.real({ min: 0, max: 1 }),
  });
  const objective = (genotype: unknown) => {
    const { a, b, c, rate } = genotype as s.infer<typeof cells>;
    return a + b + (c === a ? 3 : 0) - 4 * Math.abs(rate - 0.3);
  };
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;

  it("proposes better ones than random draws once it has learned", async () => {
    const options = { warmup: 30, horizon: 100, best: 16 };
    const trials = { trials: 160, seed: 4, objective };
    const { proposals, told } = await simulateSearch(l2nas, cells, { ...trials, options });
    expect(proposals.slice(0, 30).every(({ origin }) => origin === "random")).toBe(true);
    const drawn = await simulateSearch(random, cells, trials);
    const scores = told.map((it) => it.score);
    expect(mean(scores.slice(-40))).toBeGreaterThan(mean(drawn.told.map((it) => it.score)) + 2);
  });

  it("says where a space has no encoding of one length", () => {
    expect(l2nas.accepts(spaceOf("nb201").schema)).toBeUndefined();
    expect(l2nas.accepts(spaceOf("einspace").schema)).toBe("a space without recursion");
    const wide = s.object({ list: s.repeat(s.oneOf([1, 2, 3, 4]), { min: 0, max: 2_000 }) });
    expect(l2nas.accepts(wide)).toContain("at most 5,000 columns");
    expect(() => l2nas.searcher({}, { seed: 0 })).toThrow("runtime");
  });

  it.each([
    [{ warmup: 0 }, "Warmup"],
    [{ noise: -1 }, "Noise"],
    [{ explore: 2 }, "Explore"],
    [{ rate: 0 }, "Rate"],
    [{ quantile: 1 }, "Quantile"],
  ])("refuses %j", (options, name) => {
    expect(() => l2nas.searcher(options, { seed: 0, runtime: ortNode })).toThrow(name);
  });
});
