import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeDataset } from "./describe.js";
import { openMnist } from "./mnist.node.js";
import { packageFolder } from "./package-folder.node.js";

let cacheDir = "";
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "mnist-test-"));
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

test("digits come split 8,000/1,000/1,000, stratified, the same for every seed", async () => {
  await using a = await openMnist({ seed: 1 });
  await using b = await openMnist({ seed: 2 });
  expect(a.hash).toBe(b.hash);
  const { sizes, classCounts } = describeDataset(a);
  expect(sizes).toEqual({ train: 8000, validation: 1000, test: 1000 });
  for (const counts of Object.values(classCounts ?? {})) {
    expect(Math.abs(counts.test / 1000 - counts.train / 8000)).toBeLessThan(0.001);
    expect(Math.abs(counts.test - counts.validation)).toBeLessThanOrEqual(1);
  }
  expect(a.preprocessing).toMatchObject({ kind: "image", channels: 1, height: 28, width: 28, flip: false });
  if (a.preprocessing.kind !== "image") return;
  // The published statistics of all of MNIST are 0.1307 and 0.3081 of 255.
  expect(a.preprocessing.mean[0]).toBeCloseTo(0.1307 * 255, -1);
  expect(a.preprocessing.std[0]).toBeCloseTo(0.3081 * 255, -1);
});

test("the bytes are those that a JSON parser reads", async () => {
  const folder = packageFolder("mnist", "mnist/package.json", "src/digits");
  const parsed = await Promise.all(
    Array.from({ length: 10 }, async (_, digit) => {
      const { data } = JSON.parse(await readFile(join(folder, `${digit}.json`), "utf8")) as {
        data: number[];
      };
      return data.map((value) => Math.round(value * 255));
    }),
  );
  await using data = await openMnist();
  const { inputs } = await data.splits.validation.read(Array.from({ length: 1000 }, (_, i) => i));
  const labels = data.splits.validation.targets;
  const images = parsed.map((values) => {
    const keys = new Set<string>();
    for (let at = 0; at < values.length; at += 784) keys.add(values.slice(at, at + 784).join());
    return keys;
  });
  for (let i = 0; i < 1000; i++) {
    const own = inputs.image?.slice(784 * i, 784 * (i + 1)).join() ?? "";
    expect(images[labels[i] ?? 0]?.has(own)).toBe(true);
  }
});

test("the cached copy is equal, loads fast, and is rebuilt where it is cut short", async () => {
  await using built = await openMnist({ cacheDir });
  const start = performance.now();
  await using cached = await openMnist({ cacheDir });
  const elapsedMs = performance.now() - start;
  expect(elapsedMs).toBeLessThan(300);
  console.log(`mnist from the cache: ${elapsedMs.toFixed(1)} ms`);
  expect(cached.hash).toBe(built.hash);
  expect(describeDataset(cached)).toEqual(describeDataset(built));
  const indices = [0, 7999, 17, 17, 4000];
  expect(await cached.splits.train.read(indices)).toEqual(await built.splits.train.read(indices));

  const [file] = await readdir(cacheDir);
  await truncate(join(cacheDir, file ?? ""), 5_000_000);
  await using again = await openMnist({ cacheDir });
  expect(again.hash).toBe(built.hash);
  expect(await readdir(cacheDir)).toEqual([file]);
});

test("beyond the memory bound the same examples are read from disk", async () => {
  await using whole = await openMnist();
  await using streamed = await openMnist({ memoryBoundBytes: 1_000_000 });
  expect([whole.inMemory, streamed.inMemory]).toEqual([true, false]);
  expect(streamed.hash).toBe(whole.hash);
  const indices = [999, 0, 5, 5, 6, 700];
  const batch = await streamed.splits.test.read(indices);
  expect(batch).toEqual(await whole.splits.test.read(indices));
  expect(batch.inputs.image).toHaveLength(6 * 784);
  await expect(whole.splits.test.read([1000])).rejects.toMatchObject({ code: "index_out_of_range" });
});

test("opening stops when asked to", async () => {
  await expect(openMnist({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
});
