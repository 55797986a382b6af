import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { enumerate, sample } from "../schema/index.js";
import { random, regularizedEvolution, type Scored, type Searcher } from "../strategies/index.js";
import {
  type Benchmark,
  bindTable,
  type Lookup,
  listBenchmarks,
  meanCurve,
  nb201Benchmark,
  openTable,
  type RungsBudget,
  runBenchmark,
  runOnRungs,
  summarise,
  tableOf,
} from "./index.js";

const NB201 = "../shared/data/nasbench/nasbench201.csv.gz";
const CHANNEL = "../shared/data/nasbench/channel-resnet.csv.gz";

/** The key of network i, as tables write it. */
function keyOf(benchmark: Benchmark, index: number): string {
  const forms: Readonly<Record<string, readonly [base: number, low: number, length: number]>> = {
    nb201: [5, 0, 6],
    channel: [4, 1, 7],
    macro: [3, 0, 8],
  };
  const [base, low, length] = forms[benchmark.name] ?? [0, 0, 0];
  return Array.from({ length }, (_, i) => (Math.floor(index / base ** (length - 1 - i)) % base) + low).join(
    "",
  );
}

/** A table with numbers of our own for every network of a benchmark. */
function madeTable(benchmark: Benchmark, value: (index: number) => number) {
  const names = [...new Set(benchmark.views.flatMap((view) => [view.search[0] ?? "", view.report[0] ?? ""]))];
  return tableOf(
    [...names, "seconds"],
    Array.from({ length: benchmark.size }, (_, i) => ({
      key: keyOf(benchmark, i),
      cells: [...names.map(() => value(i)), 10],
    })),
  );
}

describe.each(listBenchmarks().map((it) => [it.name, it] as const))("%s", (_, benchmark) => {
  it("numbers all its genotypes, each with a number of its own, as its keys do", () => {
    const seen = new Uint8Array(benchmark.size);
    for (const genotype of enumerate(benchmark.schema)) seen[benchmark.indexOf(genotype)] = 1;
    expect(seen.every((it) => it === 1)).toBe(true);
    for (let i = 0; i < benchmark.size; i += 37) expect(benchmark.indexOfKey(keyOf(benchmark, i))).toBe(i);
  });

  it.each(["", "x", "9999999", "99999999", "|none~0|", "0".repeat(40)])("has no network %j", (key) => {
    expect(benchmark.indexOfKey(key)).toBeUndefined();
  });

  it("binds a whole table, for each view", () => {
    const table = madeTable(benchmark, (i) => i % 101);
    for (const view of benchmark.views) {
      const lookup = bindTable(benchmark, table, view);
      expect(lookup.search[102]).toBe(1);
      expect(lookup.optimum).toEqual({ search: 100, reportOfBest: 100, report: 100 });
    }
  });

  it("refuses tables with a network missing, or one that is not its own", () => {
    const { keys, columns } = madeTable(benchmark, () => 1);
    const [view] = benchmark.views;
    expect(() => bindTable(benchmark, { keys: keys.slice(1), columns }, view)).toThrow(/none for 1 of them/);
    expect(() => bindTable(benchmark, { keys: ["nonsense", ...keys], columns }, view)).toThrow(
      /table_key at row 1/,
    );
    expect(() => bindTable(benchmark, { keys, columns: new Map() }, view)).toThrow(/table_column/);
  });
});

describe("nb201", () => {
  it("reads the published strings and their digits alike", () => {
    const text = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|none~2|";
    expect(nb201Benchmark.indexOfKey(text)).toBe(Number.parseInt("304120", 5));
    expect(nb201Benchmark.indexOfKey(text)).toBe(nb201Benchmark.indexOfKey("304120"));
    expect(
      nb201Benchmark.indexOf({
        edge01: "nor_conv_3x3",
        edge02: "none",
        edge12: "avg_pool_3x3",
        edge03: "skip_connect",
        edge13: "nor_conv_1x1",
        edge23: "none",
      }),
    ).toBe(nb201Benchmark.indexOfKey("304120"));
  });

  it.skipIf(!existsSync(NB201))(
    "has the published optimum in the real table (skipped without the table)",
    async () => {
      const table = await openTable(NB201);
      expect(table.keys).toHaveLength(15_625);
      const optima = nb201Benchmark.views.map(
        (view) => bindTable(nb201Benchmark, table, view).optimum.report,
      );
      expect(optima.map((it) => it.toFixed(2))).toEqual(["94.37", "73.51", "47.31"]);
    },
  );

  it.skipIf(!existsSync(CHANNEL))(
    "refuses the table of another benchmark (skipped without the table)",
    async () => {
      const table = await openTable(CHANNEL);
      expect(() => bindTable(nb201Benchmark, table, nb201Benchmark.views[0])).toThrow(/table_column/);
    },
  );
});

describe("runBenchmark", () => {
  const lookup: Lookup = bindTable(
    nb201Benchmark,
    madeTable(nb201Benchmark, (i) => (i * 7919) % 15_625),
    nb201Benchmark.views[0],
  );
  const run = async (searcher: Searcher, seed: number, queries: number, seconds?: number) => {
    await using held = searcher;
    return runBenchmark(nb201Benchmark, lookup, held, seed, { queries, seconds });
  };

  it("gives the same for the same seed, and its curve leads to what it found", async () => {
    const [a, b, c] = [
      await run(regularizedEvolution.searcher(), 3, 60),
      await run(regularizedEvolution.searcher(), 3, 60),
      await run(regularizedEvolution.searcher(), 4, 60),
    ];
    expect(a).toEqual(b);
    expect(c).not.toEqual(a);
    expect(a.queries).toBe(60);
    expect(a.curve.at(-1)).toMatchObject({ bestSearch: a.bestSearch, reportOfBest: a.reportOfBest });
    for (const [i, point] of a.curve.entries()) {
      expect(point.bestSearch).toBeGreaterThan(a.curve[i - 1]?.bestSearch ?? Number.NEGATIVE_INFINITY);
    }
  });

  it("counts different networks, and stops at the simulated seconds", async () => {
    const spent = await run(random.searcher(), 0, 1000, 255);
    expect(spent).toMatchObject({ queries: 25, seconds: 250 });
    expect(await run(random.searcher(), 0, 25)).toMatchObject({ queries: 25, bestSearch: spent.bestSearch });
  });

  it("looks through a whole table, and ends with a strategy that repeats itself for ever", async () => {
    const all = await run(random.searcher(), 1, 15_625);
    expect(all.bestSearch).toBe(15_624);
    expect(all.queriesToOptimum).toBeLessThanOrEqual(15_625);
    const told: Scored[] = [];
    const genotype = sample(nb201Benchmark.schema, rngOf(0));
    const stubborn: Searcher = {
      name: "stubborn",
      options: {},
      learnsFromRepeats: false,
      tell: (it) => told.push(it),
      ask: async () => ({ genotype, origin: "always" }),
      [Symbol.asyncDispose]: async () => {},
    };
    expect(await run(stubborn, 0, 10)).toMatchObject({ queries: 1 });
    // What is accepted as a repetition is told as one, with the same value.
    expect(new Set(told.map((it) => it.score)).size).toBe(1);
    expect(told.length).toBeGreaterThan(1);
  });

  it("ends when it is told to", async () => {
    const stop = AbortSignal.abort(new Error("enough"));
    await using searcher = random.searcher();
    const budget = { queries: 10 };
    await expect(runBenchmark(nb201Benchmark, lookup, searcher, 0, budget, stop)).rejects.toThrow("enough");
  });

  it("is summed up: mean, spread, median queries with failures counted as infinite", () => {
    const at = (reportOfBest: number, queriesToOptimum?: number) => ({
      ...{ seed: 0, bestSearch: 1, reportOfBest, queries: 9, trainings: 9, asks: 9, queriesToOptimum },
      curve: [
        { queries: 1, bestSearch: 0, reportOfBest: 1 },
        { queries: 5, bestSearch: 1, reportOfBest },
      ],
    });
    const runs = [at(2, 4), at(4), at(6, 8)];
    expect(summarise(runs)).toEqual({
      mean: 4,
      std: 2,
      meanSearch: 1,
      medianQueriesToOptimum: 8,
      meanQueriesToOptimum: null,
      found: 2 / 3,
    });
    expect(summarise([at(2, 4), at(4)]).medianQueriesToOptimum).toBeNull();
    expect(meanCurve(runs, [1, 4, 5])).toEqual([
      { queries: 1, mean: 1, std: 0 },
      { queries: 4, mean: 1, std: 0 },
      { queries: 5, mean: 4, std: 2 },
    ]);
  });
});

describe("runOnRungs", () => {
  /** After 12 epochs 3, 30 or 300 places of the final order are mixed up. */
  const final = (i: number) => (i * 7919) % 15_625;
  const early = (i: number) => final(i) + ((i * 31) % 300);
  const table = tableOf(
    ["cifar10_val", "cifar10_test", "cifar10_val_12", "cifar10_val_50", "cifar10_seconds"],
    Array.from({ length: 15_625 }, (_, i) => ({
      key: keyOf(nb201Benchmark, i),
      cells: [final(i), final(i) / 2, early(i), final(i) + 0.5, 200],
    })),
  );
  const [view] = nb201Benchmark.views;
  const lookup = bindTable(nb201Benchmark, table, view);
  const run = async (searcher: Searcher, budget: Partial<RungsBudget> = {}) => {
    await using held = searcher;
    const rungs = { queries: 20, policy: "hyperband" as const, eta: 3, ...budget };
    return runOnRungs(nb201Benchmark, lookup, held, 5, rungs);
  };

  it("finds the columns of shorter trainings, and gives them their share of the time", () => {
    expect(lookup.fidelities.map(({ epochs }) => epochs)).toEqual([12, 50, 200]);
    expect(lookup.fidelities.map(({ seconds }) => seconds?.[7])).toEqual([12, 50, 200]);
    expect(lookup.fidelities[0]?.search[9]).toBe(early(9));
    const other = tableOf(
      ["val_acc_200", "test_acc_200", "val_acc_12", "seconds", "seconds_12"],
      Array.from({ length: 15_625 }, (_, i) => ({
        key: keyOf(nb201Benchmark, i),
        cells: [1, 1, 0.5, 100, 9],
      })),
    );
    const { fidelities } = bindTable(nb201Benchmark, other, view);
    expect(fidelities.map(({ epochs, seconds }) => [epochs, seconds?.[0]])).toEqual([
      [12, 9],
      [200, 100],
    ]);
  });

  it("counts epochs and seconds: a promotion costs what it adds", async () => {
    const told: Scored[] = [];
    const spy = random.searcher();
    const watched: Searcher = {
      ...spy,
      tell: (it) => {
        told.push(it);
        spy.tell(it);
      },
    };
    const result = await run(watched);
    // Brackets of 9, 5 and 3 networks that begin with 12, 50 and 200 epochs: 9·12 + 3·38 + 150, 5·50 + 150, 3·200.
    const spent = told.slice(0, 22).reduce((sum, { trial, rung }) => {
      const before = told.filter((it) => it.trial === trial && it.rung < rung).map((it) => it.rung);
      const epochs = [12, 50, 200];
      return sum + (epochs[rung] ?? 0) - (epochs[Math.max(-1, ...before)] ?? 0);
    }, 0);
    expect(told.slice(0, 22).map(({ rung }) => rung)).toEqual([
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2],
      ...[1, 1, 1, 1, 1, 2],
      ...[2, 2, 2],
    ]);
    expect(spent).toBe(9 * 12 + 3 * 38 + 150 + 5 * 50 + 150 + 600);
    expect(result.trainings).toBeLessThanOrEqual(20);
    expect(result.trainings).toBeGreaterThan(18.9);
    expect(result.seconds).toBeCloseTo(200 * result.trainings, 6);
    expect(result.queries).toBeGreaterThan(result.trainings);
    const first = told.slice(0, 9).sort((a, b) => b.score - a.score);
    const promoted = told.slice(9, 12).map(({ trial }) => trial);
    expect(new Set(promoted)).toEqual(new Set(first.slice(0, 3).map(({ trial }) => trial)));
  });

  it("reports the network that is best on the highest rung reached, and stops at the simulated seconds", async () => {
    const result = await run(random.searcher());
    expect(result.reportOfBest).toBe(result.bestSearch / 2);
    const short = await run(random.searcher(), { seconds: 300 });
    expect(short.seconds).toBeLessThanOrEqual(300);
    expect(short.trainings).toBeLessThanOrEqual(1.5);
    expect(await run(random.searcher(), { seconds: 300 })).toEqual(short);
  });

  it("finds more than full trainings do for the same epochs", async () => {
    let [cheap, full] = [0, 0];
    for (let seed = 0; seed < 6; seed++) {
      await using a = random.searcher({}, { seed });
      await using b = random.searcher({}, { seed });
      const rungs = { queries: 30, policy: "asha" as const, eta: 3 };
      cheap += (await runOnRungs(nb201Benchmark, lookup, a, seed, rungs)).bestSearch;
      full += (await runBenchmark(nb201Benchmark, lookup, b, seed, { queries: 30 })).bestSearch;
    }
    expect(cheap).toBeGreaterThan(full);
  });

  it("takes rungs that the table has, and refuses others with those that there are", async () => {
    const two = await run(random.searcher(), { epochs: [12, 200] });
    expect(two.trainings).toBeLessThanOrEqual(20);
    for (const epochs of [[12, 100], [200, 12], [200]])
      await expect(run(random.searcher(), { epochs })).rejects.toThrow(/table_fidelities.*12, 50, 200/);
  });
});
