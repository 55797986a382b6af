import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rngOf } from "../../src/base/index.js";
import { idx } from "./array-writers.js";

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
  await writeFile(join(folder, "images-idx3-ubyte"), idx("uint8", [count, side, side], pixels));
  await writeFile(join(folder, "labels-idx1-ubyte"), idx("uint8", [count], labels));
  return folder;
}
