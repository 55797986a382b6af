/** Every reader of data, with its files damaged: what opens can be read, what does not is refused in one line. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idx, npy, zip } from "../../test/data/array-writers.js";
import { MorphError } from "../base/index.js";
import { damaged, damageRuns } from "../testing/damage.js";
import { type DataOptions, type Dataset, SPLITS } from "./dataset.js";
import { openDataset } from "./open.node.js";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "damage-test-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Files = Readonly<Record<string, Uint8Array>>;

async function write(folder: string, files: Files): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(root, folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}

/** Reads all examples of a data set; every value is a number. */
async function readAll(data: Dataset): Promise<number> {
  let examples = 0;
  for (const name of SPLITS) {
    const split = data.splits[name];
    const batch = await split.read(Array.from({ length: split.length }, (_, i) => i));
    expect(batch.length).toBe(split.length);
    for (const { name: input, shape } of data.inputs) {
      expect(batch.inputs[input]?.length).toBe(shape.reduce((a, b) => a * b, split.length));
    }
    examples += split.length;
  }
  return examples;
}

const text = (value: string) => new TextEncoder().encode(value);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const rows = range(24).map((i) => ({
  a: i * 1.5,
  b: `w${i % 3}`,
  day: `2024-01-${10 + i}`,
  y: i % 2 ? "yes" : "no",
}));
const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map((v) => `"${v}"`))];
const JSON_WORDS = [
  "null",
  "[]",
  "{}",
  "1e999",
  '"\\u0000"',
  "true",
  "[[",
  '{"a":',
  "-",
  "\\",
  '"__proto__"',
];
const CSV_WORDS = ['"', '""', ",,", "\n", "\r\n", ";", "\t", "\ufeff", "NaN", "1e999", "\0"];

interface Case {
  readonly name: string;
  /** What is opened, within the folder. */
  readonly open: string;
  readonly files: () => Files | Promise<Files>;
  readonly options?: DataOptions;
  readonly words?: readonly string[];
  readonly runs?: number;
}

const byTarget = { target: "y" };
const digits = range(20 * 4 * 4).map((i) => (i * 37) % 256);
const CASES: readonly Case[] = [
  {
    name: "CSV",
    open: "t.csv",
    files: () => ({ "t.csv": text(lines.map((line) => line.join(",")).join("\n")) }),
    options: byTarget,
    words: CSV_WORDS,
  },
  {
    name: "TSV, gzipped",
    open: "t.tsv.gz",
    files: () => ({ "t.tsv.gz": gzipSync(lines.map((line) => line.join("\t")).join("\n")) }),
    options: byTarget,
  },
  {
    name: "JSON",
    open: "t.json",
    files: () => ({ "t.json": text(JSON.stringify(rows)) }),
    options: byTarget,
    words: JSON_WORDS,
  },
  {
    name: "JSON Lines",
    open: "t.jsonl",
    files: () => ({ "t.jsonl": text(rows.map((row) => JSON.stringify(row)).join("\n")) }),
    options: byTarget,
    words: [...JSON_WORDS, "\n", "\0"],
  },
  {
    name: "IDX",
    open: "",
    files: () => ({
      "train-images-idx3-ubyte": idx("uint8", [20, 4, 4], digits),
      "train-labels-idx1-ubyte": idx(
        "uint8",
        [20],
        range(20).map((i) => i % 2),
      ),
    }),
  },
  {
    name: "NPY",
    open: "",
    files: () => ({
      "x.npy": npy("float32", [20, 3], range(60)),
      "y.npy": npy(
        "uint8",
        [20],
        range(20).map((i) => i % 2),
      ),
    }),
    words: ["'descr': '<f8'", "(99999999999,)", "True", "'|O'"],
  },
  {
    name: "NPZ",
    open: "a.npz",
    files: () => ({
      "a.npz": zip(
        {
          "x.npy": npy("float32", [20, 3], range(60)),
          "y.npy": npy(
            "uint8",
            [20],
            range(20).map((i) => i % 2),
          ),
        },
        true,
      ),
    }),
  },
  {
    name: "images",
    open: "",
    async files() {
      const files: Record<string, Uint8Array> = {};
      for (const i of range(12)) {
        const raw = Buffer.from(range(6 * 6 * 3).map((k) => (k * 7 + i * 20) % 256));
        const image = sharp(raw, { raw: { width: 6, height: 6, channels: 3 } });
        const kind = i % 2 === 0 ? "png" : "jpeg";
        files[`c${i % 3}/${i}.${kind}`] = await image[kind]().toBuffer();
      }
      return files;
    },
    runs: 40,
  },
];

describe("damaged files", () => {
  test.each(CASES)("$name", async ({ name, open, files: make, options, words, runs = 100 }) => {
    const files = await make();
    const folder = name.replaceAll(/\W+/g, "-");
    await write(folder, files);
    const path = join(root, folder, open);
    await using whole = await openDataset(path, options);
    const examples = await readAll(whole);
    expect(examples).toBeGreaterThan(10);
    const outcomes = { opened: 0, refused: 0 };
    const one = fc
      .constantFrom(...Object.keys(files))
      .chain((file) => damaged(files[file] ?? new Uint8Array(), words).map((bytes) => ({ file, bytes })));
    await fc.assert(
      fc.asyncProperty(one, async ({ file, bytes }) => {
        await write(folder, { [file]: bytes });
        try {
          await using data = await openDataset(path, options);
          await readAll(data);
          outcomes.opened++;
        } catch (error) {
          if (!(error instanceof MorphError)) throw error;
          expect(error.message).not.toContain("\n");
          expect(error.message).toContain(folder);
          outcomes.refused++;
        } finally {
          await write(folder, { [file]: files[file] ?? new Uint8Array() });
        }
      }),
      damageRuns(runs),
    );
    // Both happen: the damages neither destroy everything nor nothing.
    expect(Math.min(outcomes.opened, outcomes.refused)).toBeGreaterThan(0);
  });
});

test("a packed copy that was damaged anywhere is made anew: the data are the same", async () => {
  await write("packed", { "t.json": text(JSON.stringify(rows)) });
  const cacheDir = join(root, "packed-cache");
  const path = join(root, "packed", "t.json");
  const open = () => openDataset(path, { ...byTarget, cacheDir });
  const contents = async (data: Dataset) => {
    const { train } = data.splits;
    const batch = await train.read(range(train.length));
    return { hash: data.hash, task: data.task, preprocessing: data.preprocessing, notes: data.notes, batch };
  };
  await using first = await open();
  const want = await contents(first);
  const [pack = ""] = await readdir(cacheDir);
  const good = new Uint8Array(await readFile(join(cacheDir, pack)));
  await fc.assert(
    fc.asyncProperty(damaged(good, JSON_WORDS), async (bytes) => {
      await writeFile(join(cacheDir, pack), bytes);
      await using again = await open();
      expect(await contents(again)).toEqual(want);
      expect(new Uint8Array(await readFile(join(cacheDir, pack)))).toEqual(good);
    }),
    damageRuns(100),
  );
});
