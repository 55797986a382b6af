import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MorphError } from "../base/index.js";
import { damaged, damageRuns } from "../testing/damage.js";
import {
  columnOf,
  decodeTable,
  encodeTable,
  openTable,
  type Table,
  tableFromCsv,
  tableFromJson,
} from "./index.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "morph-tables-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function plain(table: Table) {
  return { keys: table.keys, columns: Object.fromEntries([...table.columns].map(([k, v]) => [k, [...v]])) };
}

const CSV = "arch,val,test,note\na,1.5,2,x\nb, 3 ,4,\n";

describe("tables", () => {
  it("come from CSV; what is no number is not measured, and columns without numbers are left out", () => {
    expect(plain(tableFromCsv(CSV))).toEqual({ keys: ["a", "b"], columns: { val: [1.5, 3], test: [2, 4] } });
    expect(plain(tableFromCsv("arch,val\na,\nb,2\n")).columns).toEqual({ val: [Number.NaN, 2] });
  });

  it("come from JSON: records of numbers, lists of numbers, and numbers as text", () => {
    const text = JSON.stringify({
      "111": { mean: 91.5, acc: [91, 92], flops: "12" },
      "112": { mean: 90, x: null },
    });
    expect(plain(tableFromJson(text))).toEqual({
      keys: ["111", "112"],
      columns: {
        mean: [91.5, 90],
        acc_0: [91, Number.NaN],
        acc_1: [92, Number.NaN],
        flops: [12, Number.NaN],
      },
    });
  });

  it.each([
    ["a second time", "arch,val\na,1\na,2\n", /row 2: expected each network once/],
    ["without a key", "arch,val\n,1\n", /row 1/],
    ["cut off", "arch,val,test\na,1\n", /table_row.*expected 2 values, received 1/],
    ["empty", "", /header/],
    ["a header alone", "arch,val\n", /table_empty/],
    ["open quotes", 'arch,val\n"a,1\n', /table_csv/],
  ])("in CSV are refused in one line: %s", (_, text, message) => {
    expect(() => tableFromCsv(text)).toThrow(message);
  });

  it.each([
    ["no JSON", "{", /table_json/],
    ["a list", "[1]", /an object from networks/],
    ["a record that is none", '{"a": 3}', /table_json at a/],
  ])("in JSON are refused in one line: %s", (_, text, message) => {
    expect(() => tableFromJson(text)).toThrow(message);
  });

  it("name the columns that are there where one is missing", () => {
    expect(() => columnOf(tableFromCsv(CSV), ["accuracy"])).toThrow("received the columns val, test");
  });

  it("survive being written as columns, whatever is in them", () => {
    const tables = fc
      .uniqueArray(
        fc.string({ minLength: 1 }).filter((it) => !it.includes("\n")),
        {
          minLength: 1,
          maxLength: 20,
        },
      )
      .chain((keys) =>
        fc
          .dictionary(
            fc.string(),
            fc.array(fc.double(), { minLength: keys.length, maxLength: keys.length }),
            { maxKeys: 4 },
          )
          .map((columns) => ({
            keys,
            columns: new Map(
              Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]),
            ),
          })),
      );
    fc.assert(
      fc.property(tables, (table) => {
        expect(plain(decodeTable(encodeTable(table)))).toEqual(plain(table));
      }),
    );
  });

  it("as columns are refused where a byte is missing, too many, or the header is not theirs", () => {
    const whole = encodeTable(tableFromCsv(CSV));
    const refusal = (bytes: Uint8Array) => {
      try {
        decodeTable(bytes);
      } catch (error) {
        return error instanceof MorphError ? error.code : String(error);
      }
      return "none";
    };
    for (let length = 0; length < whole.length; length++)
      expect(refusal(whole.subarray(0, length))).toBe("table_damaged");
    expect(refusal(Uint8Array.of(...whole, 0))).toBe("table_damaged");
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        expect(["none", "table_damaged"]).toContain(refusal(changed));
      }),
    );
  });
});

describe("openTable", () => {
  const wanted = { keys: ["a", "b"], columns: { val: [1.5, 3], test: [2, 4] } };

  it("tells kinds by content", async () => {
    const json = JSON.stringify({ a: { val: 1.5, test: 2 }, b: { val: 3, test: 4 } });
    for (const [name, content] of [
      ["one.txt", CSV],
      ["two.txt", json],
      ["three", gzipSync(CSV)],
      ["four.csv", encodeTable(tableFromCsv(CSV))],
      ["five", gzipSync(encodeTable(tableFromCsv(CSV)))],
    ] as const) {
      expect(plain(await openTable(await file(name, content))), name).toEqual(wanted);
    }
  });

  it("keeps a copy, uses it, and makes it anew where the file or the copy changed", async () => {
    const path = await file("kept.csv", CSV);
    const cacheDir = join(folder, "cache");
    await openTable(path, { cacheDir });
    const [copy = ""] = await readdir(cacheDir);
    await writeFile(join(cacheDir, copy), encodeTable(tableFromCsv("arch,val\nz,9\n")));
    expect((await openTable(path, { cacheDir })).keys).toEqual(["z"]);
    await writeFile(join(cacheDir, copy), "nonsense");
    expect(plain(await openTable(path, { cacheDir }))).toEqual(wanted);
    await writeFile(path, `${CSV}c,5,6,\n`);
    expect((await openTable(path, { cacheDir })).keys).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["CSV", "t.csv", new TextEncoder().encode(CSV)],
    [
      "JSON",
      "t.json",
      new TextEncoder().encode('{"a": {"val": 1.5, "all": [1, 2]}, "b": {"val": 3, "all": [2]}}'),
    ],
    ["CSV, gzipped", "t.csv.gz", new Uint8Array(gzipSync(CSV))],
    ["columns", "t.columns", encodeTable(tableFromCsv(CSV))],
  ])("of %s damaged anywhere: a table, or one line that names the file", async (_, name, whole) => {
    const path = await file(name, whole);
    const words = ["null", "[]", "1e999", '"', "\n", ",", '"__proto__"', "{"];
    await fc.assert(
      fc.asyncProperty(damaged(whole, words), async (bytes) => {
        await writeFile(path, bytes);
        try {
          const { keys, columns } = await openTable(path);
          for (const values of columns.values()) expect(values).toHaveLength(keys.length);
        } catch (error) {
          expect(error, String(error)).toBeInstanceOf(MorphError);
          expect(String(error)).not.toContain("\n");
          expect(String(error)).toContain(path);
        }
      }),
      damageRuns(200),
    );
  });

  it.each([
    ["a folder", async () => folder, "table_kind"],
    ["nothing", async () => join(folder, "none.csv"), "table_unreadable"],
    ["half a gzip file", async () => file("half.gz", gzipSync(CSV).subarray(0, 20)), "table_unreadable"],
    ["a program", async () => file("program", Uint8Array.of(0x7f, 0x45, 0, 0, 1)), "table_kind"],
  ])("refuses %s", async (_, path, code) => {
    await expect(openTable(await path())).rejects.toMatchObject({ issue: { code }, exitCode: 2 });
  });
});
