import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { bindTable, nb201Benchmark, openTable, runBenchmark } from "../benchmarks/index.js";
import { ortNode } from "../runtime/index.js";
import { sample } from "../schema/index.js";
import { spaceOf } from "../spaces/index.js";
import { pairedScore, pairedSpace } from "../testing/paired-choices.js";
import { simulateSearch } from "../testing/simulated-search.js";
import { Ensemble } from "./ensemble.js";
import { featuresOf } from "./features.js";
import { bananas, random } from "./index.js";

const NB201 = "../shared/data/nasbench/nasbench201.csv.gz";

describe("features", () => {
  it("are one-hot where that is narrow, hashed for grammars, alike for equal genotypes alone", () => {
    for (const [name, width] of [
      ["nb201", 30],
      ["einspace", 512],
    ] as const) {
      const { schema } = spaceOf(name);
      const features = featuresOf(schema);
      expect(features.width).toBe(width);
      const [a, b] = [sample(schema, rngOf(1)), sample(schema, rngOf(2))];
      expect(features.of(a)).toHaveLength(width);
      expect(features.of(JSON.parse(JSON.stringify(a)))).toEqual(features.of(a));
      expect(features.of(b)).not.toEqual(features.of(a));
    }
  });
});

describe("the ensemble", () => {
  const options = { members: 5, hidden: [32, 32], steps: 200, batch: 32, learningRate: 0.01 };
  const row = (i: number) => Float32Array.from({ length: 6 }, (_, j) => rngOf(1, i, j).float());
  const value = (x: Float32Array) => 3 * (x[0] ?? 0) - 2 * (x[1] ?? 0) * (x[2] ?? 0) - 1;
  const rows = Array.from({ length: 120 }, (_, i) => row(i));

  it("learns, is surer where it has seen more, and is a function of rows and seed", async () => {
    await using ensemble = new Ensemble(ortNode, 6, options);
    await ensemble.fit(rows, rows.map(value), 7);
    const held = Array.from({ length: 50 }, (_, i) => row(1000 + i));
    const said = await ensemble.predict(held);
    expect(said).toHaveLength(5);
    const mean = (i: number) => said.reduce((sum, member) => sum + (member[i] ?? 0) / 5, 0);
    const error = held.reduce((sum, x, i) => sum + Math.abs(mean(i) - value(x)) / held.length, 0);
    expect(error).toBeLessThan(0.15);
    const spreadOf = async (x: readonly Float32Array[]) => {
      const members = await ensemble.predict(x);
      return x.reduce((sum, _, i) => {
        const at = members.map((it) => it[i] ?? 0);
        return sum + (Math.max(...at) - Math.min(...at)) / x.length;
      }, 0);
    };
    const far = held.map((x) => x.map((it) => 4 * it - 6));
    expect(await spreadOf(far)).toBeGreaterThan(3 * (await spreadOf(held)));
    await ensemble.fit(
      rows,
      rows.map((x) => -value(x)),
      8,
    );
    expect(await ensemble.predict(held)).not.toEqual(said);
    await ensemble.fit(rows, rows.map(value), 7);
    expect(await ensemble.predict(held)).toEqual(said);
  });
});

describe("bananas", () => {
  it("finds more than random search in the same number of trials", async () => {
    const bestOf = async (strategy: typeof bananas, seed: number) => {
      const { told } = await simulateSearch(strategy, pairedSpace, {
        trials: 60,
        seed,
        objective: pairedScore,
      });
      return Math.max(...told.map(({ score }) => score));
    };
    for (let seed = 0; seed < 2; seed++)
      expect(await bestOf(bananas, seed)).toBeGreaterThan(await bestOf(random, seed));
  });

  it("refuses options that make no sense", () => {
    const tools = { seed: 0, runtime: ortNode };
    expect(() => bananas.searcher({ members: 1 }, tools)).toThrow(/members must be at least 2/i);
    expect(() => bananas.searcher({ every: 0.5 }, tools)).toThrow(/every must be a whole number/i);
    expect(() => bananas.searcher({}, { seed: 0 })).toThrow(/strategy_needs/);
  });

  it.skipIf(!existsSync(NB201))(
    "finds the best cells of NAS-Bench-201 in few queries (skipped without the table)",
    async () => {
      const lookup = bindTable(nb201Benchmark, await openTable(NB201), nb201Benchmark.views[0]);
      let found = 0;
      for (let seed = 0; seed < 2; seed++) {
        await using searcher = bananas.searcher({}, { seed, runtime: ortNode });
        const run = await runBenchmark(nb201Benchmark, lookup, searcher, seed, { queries: 100 });
        if (run.bestSearch > 91.5) found++;
      }
      expect(found).toBeGreaterThanOrEqual(1);
    },
  );
});
