import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MorphError } from "../base/index.js";
import type { Cell } from "./cells.js";
import { openCsv } from "./csv.node.js";
import { describeDataset } from "./describe.js";
import { openDataset } from "./open.node.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "csv-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function cellsOf(path: string): Promise<{ columns: readonly string[]; rows: (readonly Cell[])[] }> {
  const source = await openCsv(path);
  const rows: (readonly Cell[])[] = [];
  for await (const chunk of source.chunks()) rows.push(...chunk);
  return { columns: source.columns, rows };
}

/** Rows of an animal table: two numeric columns, one of words, a target. */
function animals(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const cat = i % 2 === 0;
    return `${cat ? 4 + (i % 3) : 20 + (i % 7)},${i % 10 === 3 ? "" : 0.5 * (i % 5)},${["red", "blue", "grey"][i % 3]},${cat ? "cat" : "dog"}`;
  });
  return `weight,height,colour,kind\n${rows.join("\n")}\n`;
}

describe("reading", () => {
  test.each([
    [",", "\n"],
    [";", "\r\n"],
    ["\t", "\n"],
    ["|", "\r"],
  ])("delimiter %j and line ends %j are found out", async (delimiter, newline) => {
    const lines = [["a", "b", "c"], ["1", "x y", "2.5"], ["3", "z", "4"], []];
    const path = await file("dialect.csv", lines.map((line) => line.join(delimiter)).join(newline));
    expect(await cellsOf(path)).toEqual({ columns: ["a", "b", "c"], rows: lines.slice(1, 3) });
  });

  test("what a writer writes is read back, over piece borders too", async () => {
    const cell = fc.string({
      unit: fc.constantFrom("a", "é", "7", ",", ";", '"', "\n", " ", "."),
      maxLength: 12,
    });
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((n) =>
        fc.tuple(
          fc.array(fc.array(cell, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 30 }),
          fc.constant(n),
        ),
      );
    await fc.assert(
      fc.asyncProperty(table, async ([rows, n]) => {
        const header = Array.from({ length: n }, (_, i) => `column ${i}`);
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = [header, ...rows].map((row) => row.map(quote).join(",")).join("\n");
        expect(await cellsOf(await file("round.csv", text))).toEqual({ columns: header, rows });
      }),
      { numRuns: 100 },
    );
    const many = Array.from({ length: 60_000 }, (_, i) => [
      `row ${i}`,
      'a "quoted"\nword',
      `é${"x".repeat(i % 50)}`,
    ]);
    const text = many.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(",")).join("\n");
    const big = await cellsOf(await file("big.csv", `a,b,c\n${text}`));
    expect(big.rows.length).toBe(60_000);
    expect(big.rows).toEqual(many);
  });

  test("marks, wide text, gzip and odd headers", async () => {
    const text = "a,,a\n1,2,3\n";
    const plain = await cellsOf(await file("plain.csv", `\ufeff${text}`));
    expect(plain).toEqual({ columns: ["a", "column_2", "a_2"], rows: [["1", "2", "3"]] });
    expect(await cellsOf(await file("wide.csv", Buffer.from(`\ufeff${text}`, "utf16le")))).toEqual(plain);
    expect(await cellsOf(await file("zipped.csv.gz", gzipSync(text)))).toEqual(plain);
  });

  test("random bytes end in a table or in one clear error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const path = await file("random.csv", bytes);
        try {
          await openDataset(path, { target: "a" });
        } catch (error) {
          expect(error).toBeInstanceOf(MorphError);
          expect(String(error)).toContain("random.csv");
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("errors name file, line and cure", () => {
  test.each([
    ["ragged.csv", "a,b\n1,2\n\n3\n", "csv_ragged_row", "ragged.csv:4"],
    ["quotes.csv", 'a,b\n1,2\n3,"x" y\n4,5\n', "csv_quotes", "quotes.csv:3"],
    ["open.csv", 'a,b\n1,"2\n3,4\n', "csv_quotes", "open.csv:2"],
    ["numbers.csv", "1,2\n3,4\n", "csv_header", "numbers.csv:1"],
    ["empty.csv", "", "empty_table", "empty.csv"],
    ["header.csv", "a,b\n", "empty_table", "header.csv"],
    ["binary.csv", "a,b\n\0\0\n", "not_text", "binary.csv"],
  ])("%s", async (name, text, code, where) => {
    const path = await file(name, text);
    const error: unknown = await openDataset(path, { target: "b" }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(where);
    expect(String(error)).not.toContain("\n");
  });

  test("gzip that is cut short", async () => {
    const whole = gzipSync(animals(2000));
    const path = await file("cut.csv.gz", whole.subarray(0, whole.length / 2));
    await expect(openDataset(path, { target: "kind" })).rejects.toMatchObject({ code: "corrupt_gzip" });
  });

  test("the target: none, mistyped, empty, one class, too many, constant", async () => {
    const path = await file("animals.csv", animals(100));
    const wrong = async (options: Parameters<typeof openDataset>[1], from = path) =>
      String(await openDataset(from, options).catch((e: unknown) => e));
    expect(await wrong({})).toMatch(/missing_target.*weight, height, colour, kind.*--target/);
    expect(await wrong({ target: "knd" })).toMatch(/missing_target.*did you mean --target "kind"/i);
    expect(await wrong({ target: "kind", drop: ["wieght"] })).toMatch(/unknown_column.*Did you mean weight/);
    expect(await wrong({ target: "kind", task: "regression" })).toMatch(/target_not_numeric.*"cat"/);
    const rows = (cell: (i: number) => string) =>
      `a,t\n${Array.from({ length: 40 }, (_, i) => `${i % 9},${cell(i)}`).join("\n")}`;
    expect(
      await wrong(
        { target: "t" },
        await file(
          "one.csv",
          rows(() => "yes"),
        ),
      ),
    ).toMatch(/one_class.*"yes" in all 40/);
    expect(
      await wrong(
        { target: "t" },
        await file(
          "names.csv",
          rows((i) => `n${i}`),
        ),
      ),
    ).toMatch(/too_many_classes/);
    expect(
      await wrong(
        { target: "t" },
        await file(
          "none.csv",
          rows(() => "NaN"),
        ),
      ),
    ).toMatch(/target_empty/);
    expect(
      await wrong(
        { target: "t" },
        await file(
          "same.csv",
          rows(() => "0.5"),
        ),
      ),
    ).toMatch(/constant_target.*0.5 in all/);
    expect(await wrong({ target: "t" }, await file("few.csv", "a,t\n1,x\n2,y\n"))).toMatch(
      /too_few_examples/,
    );
    const alone = await file("alone.csv", `t\n${"x\ny\n".repeat(10)}`);
    expect(await wrong({ target: "t" }, alone)).toMatch(/no_features/);
  });
});

describe("tables", () => {
  test("types, missing values, categories, and statistics of the training rows alone", async () => {
    const path = await file("animals.csv", animals(100));
    await using data = await openDataset(path, { target: "kind", seed: 3 });
    expect(data.task).toEqual({ kind: "classification", classes: ["cat", "dog"] });
    expect(data.inputs).toEqual([
      { name: "numeric", dtype: "float32", shape: [2] },
      { name: "categorical", dtype: "int64", shape: [1] },
    ]);
    expect(describeDataset(data)).toMatchObject({
      sizes: { train: 80, validation: 10, test: 10 },
      classCounts: { cat: { train: 40, validation: 5, test: 5 }, dog: { train: 40, validation: 5, test: 5 } },
    });
    const { preprocessing } = data;
    if (preprocessing.kind !== "table") throw new Error("expected a table");
    const all = await data.splits.train.read(Array.from({ length: 80 }, (_, i) => i));
    const heights = [...(all.inputs.numeric ?? [])].map(Number).filter((_, i) => i % 2 === 1);
    const present = heights.filter((h) => !Number.isNaN(h));
    const mean = present.reduce((a, b) => a + b, 0) / present.length;
    const variance = present.reduce((a, b) => a + (b - mean) ** 2, 0) / present.length;
    expect(preprocessing.numeric[1]).toMatchObject({ name: "height" });
    expect(preprocessing.numeric[1]?.mean).toBeCloseTo(mean, 10);
    expect(preprocessing.numeric[1]?.std).toBeCloseTo(Math.sqrt(variance), 10);
    expect(preprocessing.numeric[1]?.missing).toBeCloseTo(1 - present.length / 80, 10);
    expect([...(preprocessing.categorical[0]?.categories ?? [])].sort()).toEqual(["blue", "grey", "red"]);
    expect(all.inputs.categorical).toBeInstanceOf(BigInt64Array);
  });

  test("every row appears once, with its own values", async () => {
    const text = `a,b,t\n${Array.from({ length: 50 }, (_, i) => `${i * i},w${i % 3},${i / 2}`).join("\n")}`;
    await using data = await openDataset(await file("squares.csv", text), { target: "t" });
    expect(data.task).toMatchObject({ kind: "regression", target: "t" });
    const seen: number[] = [];
    for (const split of Object.values(data.splits)) {
      const batch = await split.read(Array.from({ length: split.length }, (_, i) => i));
      batch.target.forEach((t, i) => {
        expect(batch.inputs.numeric?.[i]).toBe((2 * t) ** 2);
        seen.push(t);
      });
    }
    expect(seen.sort((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, i) => i / 2));
  });

  test("notes say what was dropped and why", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => {
      const target = i === 5 ? "" : i === 6 ? "NaN" : i === 7 ? "inf" : `${(i * 37) % 50}.5`;
      return `${i},same,name ${i},,${i % 2 ? "true" : "false"},2020-01-${String((i % 28) + 1).padStart(2, "0")},${i === 9 ? "-" : i % 11},${target}`;
    });
    const text = `id,constant,name,void,flag,day,count,t\n${rows.join("\n")}`;
    await using data = await openDataset(await file("notes.csv", text), { target: "t" });
    expect(data.notes).toEqual([
      "3 rows without a target dropped",
      'column "id" dropped: it counts the rows',
      'column "constant" dropped: it is the same in every row',
      'column "name" dropped: it differs in most rows, like a name or an id',
      'column "void" dropped: it is empty',
      'column "day": dates read as days since 1970',
      'column "count": 1 cell without a number read as missing',
    ]);
    expect(describeDataset(data).sizes).toEqual({ train: 45, validation: 6, test: 6 });
    const { preprocessing } = data;
    if (preprocessing.kind !== "table") throw new Error("expected a table");
    expect(preprocessing.numeric.map(({ name }) => name)).toEqual(["flag", "day", "count"]);
  });

  test("few-valued integers are classes, unless told otherwise; a seed decides the split", async () => {
    const text = `a,t\n${Array.from({ length: 100 }, (_, i) => `${i % 13},${[8, 10, 9][i % 3]}`).join("\n")}`;
    const path = await file("few.csv", text);
    await using classes = await openDataset(path, { target: "t" });
    expect(classes.task).toEqual({ kind: "classification", classes: ["8", "9", "10"] });
    await using numbers = await openDataset(path, { target: "t", task: "regression" });
    expect(numbers.task).toMatchObject({ kind: "regression" });
    await using again = await openDataset(path, { target: "t", seed: 0 });
    await using other = await openDataset(path, { target: "t", seed: 1 });
    expect(again.hash).toBe(classes.hash);
    expect(other.hash).not.toBe(classes.hash);
  });

  test("rare categories and those of other splits read as unknown", async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `${i < 300 ? `c${i % 3}` : `rare${i}`},${i % 2}`);
    await using data = await openDataset(await file("rare.csv", `word,t\n${rows.join("\n")}`), {
      target: "t",
    });
    const { preprocessing } = data;
    if (preprocessing.kind !== "table") throw new Error("expected a table");
    expect(preprocessing.categorical[0]?.categories).toHaveLength(64);
    expect(preprocessing.categorical[0]?.categories.slice(0, 3).sort()).toEqual(["c0", "c1", "c2"]);
    expect(data.notes.join()).toMatch(/rare categories read as unknown/);
    const test = await data.splits.test.read(Array.from({ length: data.splits.test.length }, (_, i) => i));
    expect([...(test.inputs.categorical ?? [])].map(Number)).toContain(0);
    expect(Math.max(...[...(test.inputs.categorical ?? [])].map(Number))).toBeLessThanOrEqual(64);
  });

  test("beyond the bound the table streams: equal content, little memory", async () => {
    const columns = Array.from({ length: 20 }, (_, c) => `c${c}`);
    const rows = Array.from({ length: 30_000 }, (_, i) =>
      columns.map((_, c) => (i * (c + 3)) % 1009).join(","),
    );
    const text = `${columns.join(",")},t\n${rows.map((row, i) => `${row},${i % 4}`).join("\n")}`;
    const path = await file("wide.csv", text);
    const options = { target: "t" };
    await using whole = await openDataset(path, options);
    await using streamed = await openDataset(path, { ...options, memoryBoundBytes: 100_000 });
    await using cached = await openDataset(path, { ...options, memoryBoundBytes: 100_000, cacheDir: folder });
    await using again = await openDataset(path, { ...options, memoryBoundBytes: 100_000, cacheDir: folder });
    expect(whole.inMemory).toBe(true);
    expect(whole.bytes).toBe(30_000 * 80);
    for (const other of [streamed, cached, again]) {
      expect(other.inMemory).toBe(false);
      expect(other.hash).toBe(whole.hash);
      const indices = [0, 23_999, 5, 12_345, 5];
      expect(await other.splits.train.read(indices)).toEqual(await whole.splits.train.read(indices));
      expect(other.splits.test.targets).toEqual(whole.splits.test.targets);
    }
  });
});
