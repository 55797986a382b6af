import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MorphError } from "../base/index.js";
import { describeDataset } from "./describe.js";
import { openDataset } from "./open.node.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parquet-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const N = 3000;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

const columns: ColumnSource[] = [
  {
    name: "size",
    data: range(N).map((i) => (i % 17 === 0 ? null : (i * 7) % 31)),
    type: "INT32",
    nullable: true,
  },
  { name: "weight", data: range(N).map((i) => Math.cos(i)), type: "DOUBLE" },
  { name: "count", data: range(N).map((i) => BigInt((i * 13) % 101)), type: "INT64" },
  { name: "colour", data: range(N).map((i) => ["red", "green", "blue"][i % 3]), type: "STRING" },
  { name: "new", data: range(N).map((i) => i % 5 === 0), type: "BOOLEAN" },
  { name: "when", data: range(N).map((i) => new Date(86_400_000 * (i % 40))), type: "TIMESTAMP" },
  { name: "kind", data: range(N).map((i) => ["cat", "dog"][i % 2]), type: "STRING" },
];

async function written(name: string, rowGroupSize = 700): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData: columns, rowGroupSize })));
  return path;
}

test("typed columns in several row groups; streamed where they exceed the bound", async () => {
  const path = await written("animals.parquet");
  await using data = await openDataset(path, { target: "kind" });
  expect(describeDataset(data)).toMatchObject({
    sizes: { train: 2400, validation: 300, test: 300 },
    inputs: [
      { name: "numeric", shape: [5] },
      { name: "categorical", shape: [1] },
    ],
  });
  if (data.preprocessing.kind !== "table") throw new Error("expected a table");
  expect(data.preprocessing.numeric.map(({ name }) => name)).toEqual([
    "size",
    "weight",
    "count",
    "new",
    "when",
  ]);
  expect(data.preprocessing.numeric[0]?.missing).toBeGreaterThan(0.04);
  await using streamed = await openDataset(path, { target: "kind", memoryBoundBytes: 1000 });
  expect([data.inMemory, streamed.inMemory]).toEqual([true, false]);
  expect(streamed.hash).toBe(data.hash);
  expect(await streamed.splits.validation.read([299, 3, 3])).toEqual(
    await data.splits.validation.read([299, 3, 3]),
  );
});

test("equals the same table as CSV", async () => {
  const header = columns.map(({ name }) => name).join(",");
  const cell = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value ?? ""));
  const rows = range(N).map((i) => columns.map(({ data }) => cell(data[i])).join(","));
  const path = join(folder, "animals.csv");
  await writeFile(path, [header, ...rows].join("\n"));
  await using csv = await openDataset(path, { target: "kind" });
  await using parquet = await openDataset(await written("same.parquet"), { target: "kind" });
  expect(parquet.hash).toBe(csv.hash);
});

test("no target, no file, cut short, not Parquet", async () => {
  const path = await written("whole.parquet");
  await expect(openDataset(path, { target: "kimd" })).rejects.toThrow(
    /missing_target.*did you mean --target "kind"/i,
  );
  const bytes = Buffer.from(parquetWriteBuffer({ columnData: columns }));
  const cut = join(folder, "cut.parquet");
  for (const some of [
    bytes.subarray(0, 5000),
    bytes.subarray(5000),
    Buffer.from("PAR1PAR1"),
    Buffer.from(""),
  ]) {
    await writeFile(cut, some);
    const error: unknown = await openDataset(cut, { target: "kind" }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "corrupt_parquet" });
    expect(String(error)).toContain("cut.parquet");
  }
});

test("a file damaged anywhere opens or fails cleanly", async () => {
  const some = columns.map((column) => ({ ...column, data: column.data.slice(0, 60) }));
  const good = Buffer.from(parquetWriteBuffer({ columnData: some }));
  const path = join(folder, "damaged.parquet");
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, value) => {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      await writeFile(path, bytes);
      try {
        await using data = await openDataset(path, { target: "kind" });
        expect(data.bytes).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(MorphError);
        expect(String(error)).toContain("damaged.parquet");
      }
    }),
    { numRuns: 300 },
  );
});

test("run lengths beyond their page and columns without a name are refused before anything is decoded", async () => {
  const pick = columns.filter(({ name }) => name === "size" || name === "kind");
  const some = pick.map((column) => ({ ...column, data: column.data.slice(0, 60) }));
  const bytes = Buffer.from(parquetWriteBuffer({ columnData: some, codec: "UNCOMPRESSED" }));
  const path = join(folder, "runs.parquet");
  const refusals = new Set<string>();
  // Such a length once sent the decoder past the memory of the process: a test that dies here has found it again.
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = 0xff;
    await writeFile(path, damaged);
    const error: unknown = await openDataset(path, { target: "kind" }).catch((e: unknown) => e);
    if (error instanceof MorphError) refusals.add(String(error.issue.received).replace(/\d+/g, "N"));
    else expect(error).not.toBeInstanceOf(Error);
  }
  expect([...refusals]).toEqual(
    expect.arrayContaining([
      'a run of N values in place of N in column "size"',
      'a run of N values in place of N in column "kind"',
    ]),
  );
});
