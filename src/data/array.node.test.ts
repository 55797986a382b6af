import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idx, npy, zip } from "../../test/data/array-writers.js";
import { MorphError } from "../base/index.js";
import { pairUp, roleOf } from "./array-names.js";
import type { Dataset, Split } from "./dataset.js";
import { describeDataset } from "./describe.js";
import { openDataset } from "./open.node.js";

let root = "";
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "arrays-test-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function files(contents: Record<string, Uint8Array>): Promise<string> {
  const folder = join(root, String(count++));
  for (const [name, bytes] of Object.entries(contents)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  return folder;
}

const failure = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

async function whole(split: Split): Promise<{ x: number[]; target: number[] }> {
  const batch = await split.read(range(split.length));
  const [x] = Object.values(batch.inputs);
  return { x: [...(x ?? [])].map(Number), target: [...batch.target] };
}

async function sameContent(a: Dataset, b: Dataset): Promise<void> {
  expect(b.hash).toBe(a.hash);
  for (const name of ["train", "validation", "test"] as const) {
    expect(await whole(b.splits[name])).toEqual(await whole(a.splits[name]));
  }
}

describe("hostile files", () => {
  test("hostile headers: huge or overflowing shapes, long headers, Python objects, words", async () => {
    const x = npy("uint8", [20, 1], range(20));
    const withShape = (shape: string) => {
      const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }\n`;
      const head = Buffer.alloc(10);
      head.set([0x93, ...Buffer.from("NUMPY"), 1, 0]);
      head.writeUInt16LE(text.length, 8);
      return Buffer.concat([head, Buffer.from(text), Buffer.alloc(20)]);
    };
    const open = async (y: Uint8Array) => failure(openDataset(await files({ "x.npy": x, "y.npy": y })));
    for (const shape of ["99999999999", "999999999999999, 999999999999999", "20, 0", "0", ""]) {
      expect(await open(withShape(shape))).toBeInstanceOf(MorphError);
    }
    expect(await open(withShape("20, -1"))).toMatchObject({ code: "corrupt_npy" });
    expect(await open(withShape("99999999999999999999"))).toMatchObject({ code: "corrupt_npy" });
    const long = Buffer.from(npy("uint8", [20], range(20), { version: 2 }));
    long.writeUInt32LE(0xffffffff, 8);
    expect(await open(long)).toMatchObject({ code: "corrupt_npy" });
    const objects = Buffer.from(npy("uint8", [20], range(20)));
    objects.write("|O'", objects.indexOf("|u1"));
    expect(await open(objects)).toMatchObject({ code: expect.stringMatching(/_npy$/) as string });
    const idxHuge = Buffer.from(idx("uint8", [4, 4, 4], Array<number>(64).fill(1)));
    idxHuge.writeUInt32BE(0xffffffff, 4);
    idxHuge.writeUInt32BE(0xffffffff, 8);
    const labels = idx("uint8", [4], [0, 1, 0, 1]);
    for (const images of [idxHuge, gzipSync(idxHuge)]) {
      const folder = await files({ "images-idx3-ubyte": images, "labels-idx1-ubyte": labels });
      expect(await failure(openDataset(folder))).toMatchObject({ code: "truncated_array" });
    }
  });
});

describe("names", () => {
  test.each([
    ["train-images-idx3-ubyte.gz", "x", "train", ""],
    ["t10k-labels.idx1-ubyte", "y", "test", ""],
    ["emnist-letters-train-images-idx3-ubyte", "x", "train", "emnist-letters"],
    ["X_train.npy", "x", "train", ""],
    ["ytest", "y", "test", ""],
    ["val_labels", "y", "validation", ""],
    ["arr_0", "x", undefined, ""],
    ["data", "x", undefined, ""],
  ])("%s", (name, role, split, group) => {
    expect(roleOf(name)).toEqual({ role, split, group });
  });

  test("pairs share group and split; a named target wins", () => {
    expect(pairUp(["x_train", "y_train", "x_test", "weights"])).toEqual(
      new Map([["", [{ x: "x_train", y: "y_train", split: "train" }]]]),
    );
    expect(pairUp(["x", "y", "age"], "age")).toEqual(
      new Map([["", [{ x: "x", y: "age", split: undefined }]]]),
    );
  });
});

/** 40 grey images of 6 × 5, their values telling image and place, with three classes. */
const SIDE = [6, 5] as const;
const pixels = (n: number, from = 0) =>
  range(n * 30).map((i) => (from + 3 * Math.floor(i / 30) + (i % 30)) % 256);
const classes = (n: number) => range(n).map((i) => i % 3);

describe("IDX data sets", () => {
  test("a folder with training and test files, plain or gzipped; in memory or not", async () => {
    const contents = {
      "train-images-idx3-ubyte": idx("uint8", [40, ...SIDE], pixels(40)),
      "train-labels-idx1-ubyte": idx("uint8", [40], classes(40)),
      "t10k-images-idx3-ubyte": idx("uint8", [12, ...SIDE], pixels(12, 99)),
      "t10k-labels-idx1-ubyte": idx("uint8", [12], classes(12)),
    };
    const folder = await files(contents);
    await using data = await openDataset(folder);
    expect(describeDataset(data)).toMatchObject({
      task: { kind: "classification", classes: ["0", "1", "2"] },
      sizes: { train: 36, validation: 4, test: 12 },
      inputs: [{ name: "image", dtype: "uint8", shape: [1, 6, 5] }],
      preprocessing: { kind: "image", channels: 1, flip: false },
    });
    expect(await whole(data.splits.test)).toEqual({ x: pixels(12, 99), target: classes(12) });
    const zipped = await files(
      Object.fromEntries(Object.entries(contents).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)])),
    );
    await using unzipped = await openDataset(zipped);
    await sameContent(data, unzipped);
    await using streamed = await openDataset(zipped, { memoryBoundBytes: 100 });
    expect(streamed.inMemory).toBe(false);
    await sameContent(data, streamed);
    await using alone = await openDataset(join(folder, "t10k-images-idx3-ubyte"));
    expect(describeDataset(alone).sizes).toEqual({ train: 6, validation: 3, test: 3 });
    await using named = await openDataset(join(folder, "train-images-idx3-ubyte"));
    await sameContent(data, named);
  });

  test("cut short, lengths that differ, labels that are missing", async () => {
    const images = idx("uint8", [40, ...SIDE], pixels(40));
    const labels = idx("uint8", [40], classes(40));
    const open = async (contents: Record<string, Uint8Array>) => failure(openDataset(await files(contents)));
    for (const cut of [images.subarray(0, 500), images.subarray(0, 9), images.subarray(0, 2)]) {
      const error = await open({ "images-idx3-ubyte": cut, "labels-idx1-ubyte": labels });
      expect(error).toMatchObject({ code: expect.stringMatching(/truncated_array|corrupt_idx/) as string });
      expect(String(error)).toContain("images-idx3-ubyte");
    }
    const few = idx("uint8", [39], classes(39));
    expect(await open({ "images-idx3-ubyte": images, "labels-idx1-ubyte": few })).toMatchObject({
      code: "length_mismatch",
    });
    expect(await open({ "images-idx3-ubyte": images })).toMatchObject({ code: "missing_labels" });
    const one = idx("uint8", [40], Array<number>(40).fill(4));
    expect(await open({ "images-idx3-ubyte": images, "labels-idx1-ubyte": one })).toMatchObject({
      code: "one_class",
    });
  });
});

describe("NPY and NPZ data sets", () => {
  const x = npy(
    "float64",
    [60, 2],
    range(120).map((i) => i / 4),
  );
  const y = npy("int64", [60], classes(60));

  test("vectors: per feature statistics; files, stored and deflated archives agree", async () => {
    await using data = await openDataset(await files({ "x.npy": x, "y.npy": y }));
    expect(data.inputs).toEqual([{ name: "x", dtype: "float32", shape: [2] }]);
    expect(describeDataset(data).sizes).toEqual({ train: 48, validation: 6, test: 6 });
    if (data.preprocessing.kind !== "plain") throw new Error("expected plain arrays");
    const train = await whole(data.splits.train);
    const second = train.x.filter((_, i) => i % 2 === 1);
    const mean = second.reduce((a, b) => a + b, 0) / second.length;
    expect(data.preprocessing.mean[1]).toBeCloseTo(mean, 10);
    for (const deflate of [false, true]) {
      const folder = await files({ "data.npz": zip({ "x.npy": x, "y.npy": y }, deflate) });
      for (const memoryBoundBytes of [10, 2 ** 20]) {
        await using archive = await openDataset(join(folder, "data.npz"), { memoryBoundBytes });
        await sameContent(data, archive);
      }
    }
    const wide = {
      "x.npy": npy(
        "float32",
        [60, 2],
        range(120).map((i) => i / 4),
        { fortran: true, big: true },
      ),
      "y.npy": y,
    };
    await using turned = await openDataset(await files(wide));
    await sameContent(data, turned);
  });

  test("images with channels first and last are the same data", async () => {
    const n = 30;
    const [h, w, c] = [6, 7, 3];
    const value = (i: number, row: number, column: number, channel: number) =>
      (i * 31 + row * 7 + column * 3 + channel * 50) % 256;
    const first = range(n * c * h * w).map((k) =>
      value(Math.floor(k / (c * h * w)), Math.floor(k / w) % h, k % w, Math.floor(k / (h * w)) % c),
    );
    const last = range(n * c * h * w).map((k) =>
      value(Math.floor(k / (c * h * w)), Math.floor(k / (w * c)) % h, Math.floor(k / c) % w, k % c),
    );
    const labels = npy("uint8", [n, 1], classes(n));
    await using a = await openDataset(
      await files({ "images.npy": npy("uint8", [n, c, h, w], first), "labels.npy": labels }),
    );
    await using b = await openDataset(
      await files({ "images.npy": npy("uint8", [n, h, w, c], last), "labels.npy": labels }),
    );
    expect(a.inputs).toEqual([{ name: "image", dtype: "uint8", shape: [3, 6, 7] }]);
    await sameContent(a, b);
    expect(b.notes).toHaveLength(1);
  });

  test("given splits, one-hot targets, regression, more axes", async () => {
    const part = (n: number) => npy("float32", [n, 2, 2, 5], range(n * 20).map(Math.sin));
    const hot = (n: number) =>
      npy(
        "uint8",
        [n, 3],
        range(n * 3).map((i) => (Math.floor(i / 3) % 3 === i % 3 ? 1 : 0)),
      );
    const archive = zip(
      {
        "x_train.npy": part(30),
        "y_train.npy": hot(30),
        "x_val.npy": part(6),
        "y_val.npy": hot(6),
        "x_test.npy": part(9),
        "y_test.npy": hot(9),
      },
      true,
    );
    await using data = await openDataset(join(await files({ "a.npz": archive }), "a.npz"));
    expect(describeDataset(data)).toMatchObject({
      sizes: { train: 30, validation: 6, test: 9 },
      inputs: [{ name: "x", dtype: "float32", shape: [2, 2, 5] }],
      task: { kind: "classification", classes: ["0", "1", "2"] },
    });
    expect([...data.splits.test.targets]).toEqual(classes(9));
    const ages = npy(
      "float32",
      [60],
      range(60).map((i) => i + 0.5),
    );
    const path = join(
      await files({ "b.npz": zip({ "x.npy": x, "age.npy": ages, "y.npy": y }, false) }),
      "b.npz",
    );
    await using numbers = await openDataset(path, { target: "age" });
    expect(numbers.task).toMatchObject({ kind: "regression", target: "age" });
  });

  test("NaN, lengths, damage: one line naming file and array", async () => {
    const open = async (entries: Record<string, Uint8Array>, change = (bytes: Uint8Array) => bytes) =>
      failure(openDataset(join(await files({ "bad.npz": change(zip(entries, true)) }), "bad.npz")));
    const nan = npy(
      "float32",
      [60, 1],
      range(60).map((i) => (i === 7 ? Number.NaN : i)),
    );
    const error = await open({ "x.npy": nan, "y.npy": y });
    expect(error).toMatchObject({ code: "not_finite" });
    expect(String(error)).toMatch(/bad\.npz\/x row 7/);
    expect(await open({ "x.npy": x, "y.npy": npy("int8", [3], [0, 1, 2]) })).toMatchObject({
      code: "length_mismatch",
    });
    expect(await open({ "x.npy": x })).toMatchObject({ code: "missing_labels" });
    expect(await open({ "x.npy": x.subarray(0, 300), "y.npy": y })).toMatchObject({
      code: "truncated_array",
    });
    expect(await open({ "x.npy": x, "y.npy": y }, (b) => b.subarray(0, 200))).toMatchObject({
      code: "corrupt_zip",
    });
    expect(await open({}, () => new Uint8Array())).toMatchObject({ code: "corrupt_zip" });
  });
});
