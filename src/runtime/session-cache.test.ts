import { describe, expect, it } from "vitest";
import { structureOf, tensor } from "../ir/index.js";
import { adamW, convBn, globalAveragePool, linear } from "../nn/index.js";
import { Builder } from "../ops/index.js";
import { tinyImages } from "../testing/tiny-data.js";
import { type ModelBody, modelOf, Trainer } from "../train/index.js";
import { ortNode, type Runtime, type Session, SessionCache } from "./index.js";

/** y = factor · (x + x), under names of its own. */
function doubling(names: readonly [string, string], factor = 3, size: number | string = 2) {
  const g = new Builder(names.join());
  const x = g.input(names[0], "float32", [size]);
  return modelOf(g.finish([g.identityAs(g.Mul(g.Add(x, x), g.scalar(factor)), names[1])]));
}

/** A runtime that counts the sessions that live. */
function counting(): Runtime &
  Required<Pick<Runtime, "blockedChannels">> & { alive: number; loaded: number } {
  const it = {
    name: "counting",
    alive: 0,
    loaded: 0,
    blockedChannels: async () => ortNode.blockedChannels?.(),
    async load(...args: Parameters<Runtime["load"]>): Promise<Session> {
      const session = await ortNode.load(...args);
      it.alive++;
      it.loaded++;
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        run: (...run) => session.run(...run),
        async [Symbol.asyncDispose]() {
          it.alive--;
          await session[Symbol.asyncDispose]();
        },
      };
    },
  };
  return it;
}

describe("structure", () => {
  it("does not know names, and knows everything else", () => {
    const of = (model: ReturnType<typeof doubling>) => structureOf(model.graph);
    const same = of(doubling(["x", "y"]));
    expect(of(doubling(["input", "output"]))).toBe(same);
    expect(of(doubling(["x", "y"], 4))).not.toBe(same);
    expect(of(doubling(["x", "y"], 3, 5))).not.toBe(same);
    expect(of(doubling(["x", "y"], 3, "N"))).toBe(of(doubling(["x", "y"], 3, "M")));
  });
});

describe("SessionCache", () => {
  const feed = (name: string) => ({ [name]: tensor("float32", [2], [1, 2]) });

  it("gives one session to programs of one structure, under the names of each", async () => {
    const runtime = counting();
    await using cache = new SessionCache(runtime);
    for (const [x, y] of [
      ["x", "y"],
      ["input", "output"],
      ["y", "x"],
    ] as const) {
      await using session = await cache.load(doubling([x, y]));
      expect([session.inputNames, session.outputNames]).toEqual([[x], [y]]);
      const out = await session.run(feed(x), [y]);
      expect(Array.from(out[y]?.data as Float32Array)).toEqual([6, 12]);
    }
    expect([runtime.loaded, runtime.alive, cache.stats.hits]).toEqual([1, 1, 2]);
    await using other = await cache.load(doubling(["x", "y"]), { threads: 2 });
    expect([other.reused, runtime.loaded]).toEqual([false, 2]);
  });

  it("makes another one while the first is in use, and keeps no more than it may", async () => {
    const runtime = counting();
    const cache = new SessionCache(runtime, { maxIdle: 1 });
    const [a, b] = [await cache.load(doubling(["x", "y"])), await cache.load(doubling(["x", "y"]))];
    expect([runtime.alive, b.reused]).toEqual([2, false]);
    await a[Symbol.asyncDispose]();
    await a[Symbol.asyncDispose]();
    await expect(a.run(feed("x"))).rejects.toThrow(/disposed/);
    await b[Symbol.asyncDispose]();
    expect([runtime.alive, cache.stats.idle]).toEqual([1, 1]);
    const c = await cache.load(doubling(["x", "y"], 5));
    await cache[Symbol.asyncDispose]();
    expect(runtime.alive).toBe(1);
    await c[Symbol.asyncDispose]();
    expect(runtime.alive).toBe(0);
  });

  it("releases what would take more memory than is allowed", async () => {
    const runtime = counting();
    await using cache = new SessionCache(runtime, { maxIdleBytes: 10 });
    await (await cache.load(doubling(["x", "y"])))[Symbol.asyncDispose]();
    expect([runtime.alive, cache.stats.idle]).toEqual([0, 0]);
  });

  it("serves a second training of the same structure, with the same results as a new session", async () => {
    const body =
      (width: number): ModelBody =>
      (g, features, outputs) => {
        if (features.kind !== "image") throw new Error("images only");
        const h = g.scope("a", () => convBn(g, features.image, width, { kernel: 3, activation: "relu" }));
        return g.scope("out", () => linear(g, globalAveragePool(g, h), outputs));
      };
    const runtime = counting();
    const cache = new SessionCache(runtime);
    const train = async (over: Runtime, width: number, seed: number) => {
      const options = { batchSize: 8, optimizer: adamW(), seed };
      await using trainer = await Trainer.create(over, tinyImages(), body(width), options);
      const cycle = { epochs: 2, schedule: () => () => 0.01 };
      let last = trainer.start();
      for await (const report of trainer.train(last, cycle)) last = report.checkpoint;
      return { last, reused: trainer.preparation.reused };
    };
    const first = await train(cache, 4, 1);
    const second = await train(cache, 4, 2);
    const third = await train(cache, 5, 1);
    expect([first.reused, second.reused, third.reused]).toEqual([false, true, false]);
    expect(runtime.loaded).toBe(4);
    expect(await cache.blockedChannels()).toBe(await runtime.blockedChannels());
    expect(second.last).toEqual((await train(ortNode, 4, 2)).last);
    await cache[Symbol.asyncDispose]();
    expect(runtime.alive).toBe(0);
  });
});
