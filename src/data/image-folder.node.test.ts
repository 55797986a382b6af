import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeDataset } from "./describe.js";
import { openDataset } from "./open.node.js";

let root = "";
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "images-test-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Picture {
  width?: number;
  height?: number;
  /** One value: a grey PNG; three: a JPEG or PNG in colour. */
  colour: readonly number[];
}

/** A folder of pictures of one colour each. */
async function pictures(files: Record<string, Picture | string>): Promise<string> {
  const folder = join(root, String(count++));
  for (const [name, picture] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    if (typeof picture === "string") {
      await writeFile(path, picture);
      continue;
    }
    const { width = 6, height = 4, colour } = picture;
    const channels = colour.length === 1 ? 1 : 3;
    const raw = Buffer.from(Array.from({ length: width * height }, () => [...colour]).flat());
    const image = sharp(raw, { raw: { width, height, channels } }).toColourspace(
      channels === 1 ? "b-w" : "srgb",
    );
    await writeFile(path, await (path.endsWith(".png") ? image.png() : image.jpeg()).toBuffer());
  }
  return folder;
}

function many(
  prefix: string,
  n: number,
  picture: (i: number) => Picture,
  ending = "png",
): Record<string, Picture> {
  return Object.fromEntries(
    Array.from({ length: n }, (_, i) => [`${prefix}/${String(i).padStart(3, "0")}.${ending}`, picture(i)]),
  );
}

test("classes from folders, pixels in planes, statistics of the training images", async () => {
  const folder = await pictures({
    ...many("cat", 10, () => ({ colour: [10, 20, 30] })),
    ...many("dog", 10, () => ({ colour: [200, 100, 50] })),
    "cat/readme.txt": "no image",
    ".hidden/x.png": "",
  });
  await using data = await openDataset(folder, { seed: 5 });
  expect(describeDataset(data)).toMatchObject({
    task: { kind: "classification", classes: ["cat", "dog"] },
    sizes: { train: 16, validation: 2, test: 2 },
    classCounts: { cat: { train: 8, validation: 1, test: 1 }, dog: { train: 8, validation: 1, test: 1 } },
    inputs: [{ name: "image", dtype: "uint8", shape: [3, 4, 6] }],
    preprocessing: { kind: "image", channels: 3, height: 4, width: 6, mean: [105, 60, 40], flip: true },
    notes: ["1 file other than JPEG and PNG left out"],
  });
  const { inputs, target } = await data.splits.test.read([0, 1]);
  expect([...target]).toEqual([0, 1]);
  const planes = [10, 20, 30, 200, 100, 50].flatMap((value) => Array<number>(24).fill(value));
  expect([...(inputs.image ?? [])]).toEqual(planes);
});

test("grey images keep one channel; one in colour makes all of them three", async () => {
  const grey = {
    ...many("0", 4, () => ({ colour: [7] })),
    ...many("1", 4, () => ({ colour: [90] })),
  };
  await using one = await openDataset(await pictures(grey));
  expect(one.inputs[0]?.shape).toEqual([1, 4, 6]);
  expect(one.preprocessing).toMatchObject({ flip: false });
  await using three = await openDataset(await pictures({ ...grey, "1/z.png": { colour: [1, 2, 3] } }));
  expect(three.inputs[0]?.shape).toEqual([3, 4, 6]);
  const { inputs } = await three.splits.test.read([0]);
  expect([...(inputs.image ?? [])]).toEqual(Array<number>(72).fill(7));
});

test("folders of splits are kept; validation is carved out of training where it is missing", async () => {
  const part = (name: string, n: number) => ({
    ...many(`set/${name}/a`, n, () => ({ colour: [1, 1, 1] }), "jpg"),
    ...many(`set/${name}/b`, n, () => ({ colour: [250, 250, 250] }), "jpg"),
  });
  await using two = await openDataset(await pictures({ ...part("train", 20), ...part("test", 3) }));
  expect(describeDataset(two).sizes).toEqual({ train: 36, validation: 4, test: 6 });
  const extra = { "set/test/c/x.png": { colour: [0, 0, 0] } };
  await using three = await openDataset(
    await pictures({ ...part("Train", 5), ...part("valid", 2), ...part("test", 3), ...extra }),
  );
  expect(describeDataset(three).sizes).toEqual({ train: 10, validation: 4, test: 6 });
  expect(three.notes).toEqual(["classes without a training image left out: c"]);
});

test("mixed sizes become the most common one, or the size asked for", async () => {
  const folder = await pictures({
    ...many("a", 6, (i) => ({ colour: [9, 9, 9], width: i < 5 ? 8 : 16, height: 8 })),
    ...many("b", 6, (i) => ({ colour: [60, 60, 60], width: i < 5 ? 8 : 5, height: 8 })),
  });
  await using common = await openDataset(folder);
  expect(common.inputs[0]?.shape).toEqual([3, 8, 8]);
  expect(common.notes).toEqual(["2 of 12 images (3 sizes, most often 8x8) cropped and resized to 8x8"]);
  await using asked = await openDataset(folder, { imageSize: 12 });
  expect(asked.inputs[0]?.shape).toEqual([3, 12, 12]);
  await expect(openDataset(folder, { imageSize: 0 })).rejects.toMatchObject({ code: "bad_image_size" });
});

test("mixed sizes and one corrupt JPEG: one line that names the file", async () => {
  const good = {
    ...many("a", 5, (i) => ({ colour: [9, 9, 9], width: 8 + i }), "jpg"),
    ...many("b", 5, () => ({ colour: [60, 60, 60] }), "jpg"),
  };
  for (const broken of ["", "not an image", "\xff\xd8\xff\xe0 and so on"]) {
    const folder = await pictures({ ...good, "b/bad.jpg": broken });
    const error: unknown = await openDataset(folder, { cacheDir: join(folder, "cache") }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "corrupt_image" });
    expect(String(error)).toContain(join("b", "bad.jpg"));
    expect(String(error)).not.toContain("\n");
    expect(existsSync(join(folder, "cache")) ? await readdir(join(folder, "cache")) : []).toEqual([]);
  }
  // A whole header and half of the pixels: found while decoding.
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256));
  const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  const folder = await pictures(good);
  await writeFile(join(folder, "a", "cut.jpg"), jpeg.subarray(0, jpeg.length / 2));
  const error: unknown = await openDataset(folder).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "corrupt_image" });
  expect(String(error)).toContain(join("a", "cut.jpg"));
});

test("an empty folder and one class only", async () => {
  const empty = join(root, "empty");
  await mkdir(join(empty, "a"), { recursive: true });
  await expect(openDataset(empty)).rejects.toMatchObject({ code: "empty_folder" });
  await expect(openDataset(join(root, "none"))).rejects.toMatchObject({ code: "data_not_found" });
  const one = await pictures(many("only", 10, () => ({ colour: [1, 2, 3] })));
  await expect(openDataset(one)).rejects.toMatchObject({ code: "one_class" });
  await expect(openDataset(join(one, "only", "000.png"))).rejects.toMatchObject({ code: "not_a_dataset" });
});

test("packed once, read again from the cache, and anew where an image changes", async () => {
  const folder = await pictures({
    ...many("a", 30, (i) => ({ colour: [i, 0, 0] })),
    ...many("b", 30, (i) => ({ colour: [0, i, 0] })),
  });
  const cacheDir = join(root, "cache");
  await using built = await openDataset(folder, { cacheDir });
  await using cached = await openDataset(folder, { cacheDir });
  await using streamed = await openDataset(folder, { cacheDir, memoryBoundBytes: 500 });
  await using scratch = await openDataset(folder, { memoryBoundBytes: 500 });
  expect([built.inMemory, cached.inMemory, streamed.inMemory, scratch.inMemory]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  const all = Array.from({ length: built.splits.train.length }, (_, i) => i);
  for (const other of [cached, streamed, scratch]) {
    expect(other.hash).toBe(built.hash);
    expect(await other.splits.train.read(all)).toEqual(await built.splits.train.read(all));
  }
  expect(await readdir(cacheDir)).toHaveLength(1);
  await writeFile(
    join(folder, "a", "000.png"),
    await sharp({ create: { width: 6, height: 4, channels: 3, background: "#ffffff" } })
      .png()
      .toBuffer(),
  );
  await using changed = await openDataset(folder, { cacheDir });
  expect(changed.hash).not.toBe(built.hash);
});

const real = join(
  process.env.MORPH_DATA ?? join(process.cwd(), "..", "shared", "data"),
  "vision/cifar10-12k.tar",
);
test.skipIf(!existsSync(real))("12,000 JPEG files are packed, and open from the cache at once", async () => {
  const { execFileSync } = await import("node:child_process");
  const folder = await mkdtemp(join(root, "cifar-"));
  execFileSync("tar", ["xf", real, "-C", folder]);
  const cacheDir = join(folder, "cache");
  await using built = await openDataset(join(folder, "cifar10-12k"), { cacheDir });
  expect(describeDataset(built).sizes).toEqual({ train: 9000, validation: 1000, test: 2000 });
  expect(built.inputs[0]?.shape).toEqual([3, 32, 32]);
  const start = performance.now();
  await using cached = await openDataset(join(folder, "cifar10-12k"), { cacheDir });
  console.log(`12,000 images from the cache: ${(performance.now() - start).toFixed(0)} ms`);
  expect(cached.hash).toBe(built.hash);
});
if (!existsSync(real)) console.log(`skipped: the CIFAR-10 subset is not at ${real}`);
