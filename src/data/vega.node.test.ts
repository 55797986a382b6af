import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeDataset } from "./describe.js";
import { listDatasets, openDataset } from "./open.node.js";

const small = listDatasets().filter(({ kind, examples }) => kind !== "image" && examples < 50_000);

test.each(small)("$name opens with its default target", async ({ name, kind, task, target, examples }) => {
  await using data = await openDataset(name);
  const { sizes, inputs, notes } = describeDataset(data);
  expect(data.task.kind).toBe(task);
  if (data.task.kind === "regression") expect(data.task.target).toBe(target);
  const total = sizes.train + sizes.validation + sizes.test;
  expect(total).toBeLessThanOrEqual(examples);
  expect(total).toBeGreaterThan(0.7 * examples);
  expect(inputs.length).toBeGreaterThan(0);
  if (kind === "series") expect(notes.join()).toMatch(/split by time/);
  const batch = await data.splits.test.read([0]);
  for (const { name: input, shape } of inputs) expect(batch.inputs[input]).toHaveLength(shape[0] ?? 0);
});

test("penguins: three species, measures and categories", async () => {
  await using data = await openDataset("penguins");
  expect(data.task).toEqual({ kind: "classification", classes: ["Adelie", "Chinstrap", "Gentoo"] });
  if (data.preprocessing.kind !== "table") throw new Error("expected a table");
  expect(data.preprocessing.numeric.map(({ name }) => name)).toEqual([
    "Beak Length (mm)",
    "Beak Depth (mm)",
    "Flipper Length (mm)",
    "Body Mass (g)",
  ]);
  expect(data.preprocessing.categorical[0]).toMatchObject({ name: "Island" });
  await using mass = await openDataset("penguins", { target: "Body Mass (g)" });
  expect(mass.task).toMatchObject({ kind: "regression", target: "Body Mass (g)" });
});

test("columns that give the target away are left out by default", async () => {
  await using data = await openDataset("birdstrikes");
  expect(JSON.stringify(data.preprocessing)).not.toContain("Cost");
  await using cost = await openDataset("birdstrikes", { target: "Speed IAS in knots" });
  expect(JSON.stringify(cost.preprocessing)).toContain("Cost Repair");
});

test("an unknown name: did you mean", async () => {
  await expect(openDataset("pengiuns")).rejects.toMatchObject({
    code: "unknown_dataset",
    issue: { hint: "did you mean penguins?" },
    exitCode: 2,
  });
  await expect(openDataset("./nowhere.csv")).rejects.toMatchObject({ code: "data_not_found", exitCode: 2 });
});

test("a series: windows of the past, no training example later than a test example", async () => {
  const folder = await mkdtemp(join(tmpdir(), "series-test-"));
  try {
    const path = join(folder, "s.csv");
    const rows = Array.from({ length: 200 }, (_, i) => `${i},${i === 50 ? "" : i * i}`);
    await writeFile(path, `step,value\n${rows.join("\n")}`);
    await using data = await openDataset(path, { target: "value", lags: 3 });
    const { train, validation, test: last } = data.splits;
    // 200 rows less 3 at the start and the 4 windows that the gap touches.
    expect([train.length, validation.length, last.length]).toEqual([154, 20, 19]);
    expect(data.notes).toContain("4 windows with a missing value left out");
    for (const split of [train, validation, last]) {
      const all = Array.from({ length: split.length }, (_, i) => i);
      const { inputs, target } = await split.read(all);
      all.forEach((i) => {
        const at = Math.round(Math.sqrt(target[i] ?? 0));
        const window = inputs.numeric?.slice(3 * i, 3 * i + 3);
        expect(window).toEqual(Float32Array.of((at - 3) ** 2, (at - 2) ** 2, (at - 1) ** 2));
      });
    }
    expect(Math.max(...train.targets)).toBeLessThan(Math.min(...validation.targets));
    expect(Math.max(...validation.targets)).toBeLessThan(Math.min(...last.targets));
    await expect(openDataset(path, { target: "value", lags: 0 })).rejects.toMatchObject({ code: "bad_lags" });
    await expect(openDataset(path, { target: "value", lags: 199 })).rejects.toMatchObject({
      code: "too_few_examples",
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("several series in one table are split at the same times", async () => {
  await using stocks = await openDataset("stocks");
  const { train, validation, test: last } = describeDataset(stocks).sizes;
  // Five shares with 123 months each but one, which has 68; 12 months are needed to predict.
  expect(train + validation + last).toBe(4 * (123 - 12) + (68 - 12));
});
