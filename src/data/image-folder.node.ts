/** A folder of JPEG and PNG images, one folder a class, decoded by sharp in parallel and packed. */
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import type Sharp from "sharp";
import { ExitCode, fail, MorphError, messageOf } from "../base/index.js";
import type { DataOptions, Dataset, InputSpec } from "./dataset.js";
import type { Begin, Draft } from "./draft.js";
import { type ImageFile, type ImageListing, listImages } from "./image-files.node.js";
import { mirrorKeepsClass, PixelStatistics } from "./images.js";
import { openPacked } from "./pack.node.js";
import { completeSplit, type SplitIndices, stratifiedSplit } from "./split.js";

/** Images larger than this are shrunk to it unless a size is asked for: searches need small inputs. */
const LARGEST_SIDE = 224;
const LARGEST_SIZE_OPTION = 4096;
/** Refused before decoding: a small file can claim billions of pixels. */
const PIXEL_LIMIT = 2 ** 26;
const BLOCK = 256;

/** Options of the image folder alone are `imageSize`, `flip` and `seed`. */
export async function openImageFolder(folder: string, options: DataOptions = {}): Promise<Dataset> {
  const { imageSize, seed = 0, flip } = options;
  if (
    imageSize !== undefined &&
    !(Number.isInteger(imageSize) && imageSize > 0 && imageSize <= LARGEST_SIZE_OPTION)
  ) {
    fail(
      "bad_image_size",
      { expected: `a whole number from 1 to ${LARGEST_SIZE_OPTION}`, received: String(imageSize) },
      { exitCode: ExitCode.usage },
    );
  }
  const listing = listImages(folder);
  const files = listing.files.map(({ path, sizeBytes, mtimeMs }) => [path, sizeBytes, mtimeMs]);
  const request = {
    kind: "images",
    name: basename(resolve(folder)),
    source: folder,
    key: { folder: resolve(folder), files, imageSize, seed, flip },
  };
  return openPacked(request, options, (begin) => decodeAll(folder, listing, options, begin));
}

interface Shape {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

async function decodeAll(
  folder: string,
  listing: ImageListing,
  options: DataOptions,
  begin: Begin,
): Promise<Draft> {
  const { classes, files } = listing;
  const sharp = await loadSharp();
  const { shape, notes } = await commonShape(sharp, folder, files, options);
  const { channels, height, width } = shape;
  const targets = Int32Array.from(files, ({ label }) => label);
  const split = splitOfFiles(listing, targets, options.seed ?? 0, folder);
  const training = new Uint8Array(files.length);
  for (const i of split.train) training[i] = 1;

  const inputs: InputSpec[] = [{ name: "image", dtype: "uint8", shape: [channels, height, width] }];
  const sink = await begin(inputs, files.length);
  const imageBytes = channels * height * width;
  const statistics = new PixelStatistics(channels, height * width);
  const blockImages = Math.max(1, Math.min(BLOCK, Math.floor(2 ** 26 / imageBytes)));
  for (let first = 0; first < files.length; first += blockImages) {
    const some = files.slice(first, first + blockImages);
    const block = new Uint8Array(some.length * imageBytes);
    await inParallel(some, options.signal, async (file, i) => {
      const image = block.subarray(i * imageBytes, (i + 1) * imageBytes);
      await decode(sharp, join(folder, file.path), shape, image);
      if (training[first + i] === 1) statistics.add(image);
    });
    await sink.write(block);
  }
  return {
    task: { kind: "classification", classes },
    inputs,
    preprocessing: {
      kind: "image",
      channels,
      height,
      width,
      ...statistics.result(),
      flip: options.flip ?? mirrorKeepsClass(classes),
      orientation: "NCHW",
    },
    targets,
    split,
    notes: [...listing.notes, ...notes],
  };
}

function splitOfFiles(listing: ImageListing, targets: Int32Array, seed: number, path: string): SplitIndices {
  const { classes, files } = listing;
  const part = (name: ImageFile["split"]) =>
    Int32Array.from([...files.keys()].filter((i) => files[i]?.split === name));
  const train = part("train");
  if (train.length === 0) return stratifiedSplit(targets, classes.length, seed, path);
  const orNone = (indices: Int32Array) => (indices.length > 0 ? indices : undefined);
  const given = { train, validation: orNone(part("validation")), test: orNone(part("test")) };
  return completeSplit(given, targets, classes.length, seed, path);
}

async function loadSharp(): Promise<typeof Sharp> {
  try {
    const { default: sharp } = await import("sharp");
    // Many small images: one thread each, side by side, beats many threads for one.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (error) {
    return fail(
      "package_missing",
      { path: "sharp", expected: "the package that decodes images", hint: "run: npm install sharp" },
      { cause: error },
    );
  }
}

/** The shape that all images are brought to. Reads every header, so a broken one is found early. */
async function commonShape(
  sharp: typeof Sharp,
  folder: string,
  files: readonly ImageFile[],
  options: DataOptions,
): Promise<{ shape: Shape; notes: string[] }> {
  const sizes = new Map<string, { count: number; height: number; width: number }>();
  let grey = true;
  await inParallel(files, options.signal, async ({ path }) => {
    const file = join(folder, path);
    const meta = await sharp(file, { limitInputPixels: PIXEL_LIMIT })
      .metadata()
      .catch((error: unknown) => corrupt(file, error));
    const { width, height } = meta.autoOrient;
    if (meta.space !== "b-w" && meta.space !== "grey16") grey = false;
    const key = `${width}x${height}`;
    sizes.set(key, { count: (sizes.get(key)?.count ?? 0) + 1, height, width });
  });
  const bySize = [...sizes.entries()].sort(([a, m], [b, n]) => n.count - m.count || (a < b ? -1 : 1));
  const [name, common] = bySize[0] ?? fail("empty_folder", { path: folder });
  const { imageSize } = options;
  const shrink = Math.min(1, LARGEST_SIDE / Math.max(common.height, common.width));
  const height = imageSize ?? Math.max(1, Math.round(common.height * shrink));
  const width = imageSize ?? Math.max(1, Math.round(common.width * shrink));
  const notes: string[] = [];
  const resized = files.length - (sizes.get(`${width}x${height}`)?.count ?? 0);
  if (resized > 0) {
    const which = bySize.length > 1 ? `${bySize.length} sizes, most often ${name}` : `size ${name}`;
    notes.push(`${resized} of ${files.length} images (${which}) cropped and resized to ${width}x${height}`);
  }
  return { shape: { channels: grey ? 1 : 3, height, width }, notes };
}

/** Decodes one file into planar (CHW) bytes. Errors: `corrupt_image`, naming the file. */
async function decode(sharp: typeof Sharp, file: string, shape: Shape, out: Uint8Array): Promise<void> {
  const { channels, height, width } = shape;
  const plane = height * width;
  const { data, info } = await sharp(file, { limitInputPixels: PIXEL_LIMIT })
    .autoOrient()
    .resize(width, height, { fit: "cover" })
    .flatten({ background: "#000000" })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => corrupt(file, error));
  if (info.channels !== channels || data.length !== channels * plane) {
    corrupt(file, new Error(`${info.channels} channels after decoding`));
  }
  if (channels === 1) {
    out.set(data);
    return;
  }
  for (let i = 0, at = 0; i < plane; i++, at += 3) {
    out[i] = data[at] ?? 0;
    out[plane + i] = data[at + 1] ?? 0;
    out[2 * plane + i] = data[at + 2] ?? 0;
  }
}

function corrupt(file: string, error: unknown): never {
  if (error instanceof MorphError) throw error;
  return fail(
    "corrupt_image",
    {
      path: file,
      expected: "a whole JPEG or PNG image",
      received: messageOf(error).split("\n")[0],
      hint: "remove or replace this file",
    },
    { cause: error },
  );
}

/** Runs over all items, several at a time; the first failure (in order of items) ends it. */
async function inParallel<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: { index: number; error: unknown }[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        signal?.throwIfAborted();
        await work(items[index] as T, index);
      } catch (error) {
        failures.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() + 2 }, worker));
  const first = failures.sort((a, b) => a.index - b.index)[0];
  if (first) throw first.error;
}
