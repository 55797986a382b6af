import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fail } from "../base/index.js";
import { ortNode } from "../runtime/index.js";
import { readRecord, readRecords, writeRecord } from "./records.node.js";
import { defineReproduction, type Measured, type Surroundings } from "./reproduction.js";
import { reproductionsPage } from "./reproductions-page.js";
import { reproductionOf, runReproduction } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "morph-papers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const surroundings: Surroundings = {
  runtime: ortNode,
  file: (name) => fail("reproduction_data", { path: name, expected: "a file" }),
  cacheDir: folder,
  signal: new AbortController().signal,
  note: () => undefined,
};
const common = {
  versions: { node: "1" },
  hardware: "a machine",
  clock: { now: () => 0, date: "2026-01-01" },
};
const coin = (measure: (seed: number) => Measured) =>
  defineReproduction({
    paper: 77,
    claim: "a is more than b",
    data: "none",
    baseline: "b",
    method: "as it is",
    rule: [{ kind: "above", more: "a", less: "b", by: 1 }],
    seeds: { full: 4, quick: 2 },
    units: "points",
    measure: async ({ seed }) => measure(seed),
  });
const gap = coin((seed) => ({
  values: { a: 5 + seed / 10, b: 2 },
  curves: {
    a: [
      [1, seed],
      [2, 1],
    ],
  },
}));

describe("runReproduction", () => {
  it("measures each seed, judges, and averages curves", async () => {
    const record = await runReproduction(gap, { ...common, surroundings });
    expect(record.seeds).toEqual([0, 1, 2, 3]);
    expect(record.measurements.a?.values).toEqual([5, 5.1, 5.2, 5.3]);
    expect(record.verdict).toBe("holds");
    expect(record.curves?.a).toEqual([
      [1, 1.5],
      [2, 1],
    ]);
    expect((await runReproduction(gap, { ...common, surroundings, quick: true })).seeds).toEqual([0, 1]);
  });

  it("names numbers that are none, and stops when it is told to", async () => {
    const bad = coin(() => ({ values: { a: Number.NaN, b: 1 } }));
    await expect(runReproduction(bad, { ...common, surroundings })).rejects.toThrow(
      /reproduction_number at 77\/a, seed 0: expected a finite number, received NaN/,
    );
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(
      runReproduction(gap, { ...common, surroundings: { ...surroundings, signal } }),
    ).rejects.toThrow("enough");
  });

  it("refuses papers without an experiment, and says why", async () => {
    await expect(reproductionOf(3)).rejects.toThrow(/reproduction_absent at 3: .*not here yet/);
    await expect(reproductionOf(500)).rejects.toThrow(/unknown_paper/);
  });

  it("passes on that data are absent", async () => {
    const table = await reproductionOf(17);
    await expect(runReproduction(table, { ...common, surroundings })).rejects.toThrow(
      /reproduction_data at nasbench201/,
    );
  });
});

describe("records", () => {
  it("come back as they were written, and damage is named", async () => {
    const record = await runReproduction(gap, { ...common, surroundings });
    await writeRecord(record, folder);
    expect(readRecord(77, folder)).toEqual(record);
    expect([...readRecords(folder).keys()]).toEqual([77]);
    expect(reproductionsPage([record], [17, 77])).toContain("Declared and not recorded yet: 17.");
    writeFileSync(join(folder, "077.json"), "{");
    expect(() => readRecord(77, folder)).toThrow(/reproduction_record at .*077.json/);
    expect(readRecord(5, folder)).toBeUndefined();
  });
});

describe("the experiments themselves", () => {
  it("find the published TinyNets exact", async () => {
    const record = await runReproduction(await reproductionOf(58), { ...common, surroundings, seeds: 1 });
    expect(record.measurements["parameters off"]?.values).toEqual([0]);
    expect(record.verdict).toBe("holds");
  });

  it("give the same numbers for the same seed", async () => {
    const experiment = await reproductionOf(77);
    const once = await runReproduction(experiment, { ...common, surroundings, seeds: 1 });
    const again = await runReproduction(experiment, { ...common, surroundings, seeds: 1 });
    expect(again).toEqual(once);
  });
});
