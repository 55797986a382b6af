import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rngOf } from "../base/index.js";

/** A folder with images and labels as MNIST comes: a bright bar, its place tells the class, in noise. */
export async function tinyImageFiles(
  folder: string,
  options: { readonly side?: number; readonly classes?: number; readonly count?: number } = {},
): Promise<string> {
  const { side = 12, classes = 3, count = 240 } = options;
  const rng = rngOf(4, "tiny-image-files");
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const pixels = labels.flatMap((label) =>
    Array.from({ length: side * side }, (_, i) => {
      const bar = Math.floor((Math.floor(i / side) * classes) / side) === label;
      return Math.min(255, Math.max(0, Math.round(60 + 40 * rng.normal() + (bar ? 100 : 0))));
    }),
  );
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "images-idx3-ubyte"), idxBytes([count, side, side], pixels));
  await writeFile(join(folder, "labels-idx1-ubyte"), idxBytes([count], labels));
  return folder;
}

/** Two zeros, 8 for bytes, the number of axes, their lengths (big-endian), the contents. */
function idxBytes(dims: readonly number[], values: readonly number[]): Uint8Array {
  const head = new Uint8Array(4 + 4 * dims.length);
  head.set([0, 0, 8, dims.length]);
  const view = new DataView(head.buffer);
  dims.forEach((d, i) => {
    view.setUint32(4 + 4 * i, d);
  });
  return Uint8Array.of(...head, ...values);
}
