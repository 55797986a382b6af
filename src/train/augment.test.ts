import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { buildNetwork } from "../nn/index.js";
import { ref } from "../ops/index.js";
import { interpret } from "../runtime/index.js";
import { type Augmentation, augment, defaultAugmentation, NO_AUGMENTATION } from "./augment.js";

type Image = number[][];

/** Augmented copies of one picture of one channel, made by the reference from one key. */
function copies(image: Image, options: Partial<Augmentation>, count: number, key = 1): Image[] {
  const [height, width] = [image.length, image[0]?.length ?? 0];
  const network = buildNetwork(
    "augment",
    [{ name: "x", dtype: "float32", shape: [1, height, width] }],
    (g, [x]) => ({ y: augment(g, x ?? g.scalar(0), { ...NO_AUGMENTATION, ...options }) }),
    { training: true, batch: count },
  );
  const data = Float64Array.from(Array.from({ length: count }, () => image.flat()).flat());
  const feeds = {
    x: ref("float32", [count, 1, height, width], data),
    random_key: ref("uint32", [], Float64Array.of(key)),
  };
  const out = Array.from(interpret(network.graph, feeds)[network.graph.outputs[0]?.name ?? ""]?.data ?? []);
  return Array.from({ length: count }, (_, n) =>
    Array.from({ length: height }, (_, y) =>
      out.slice((n * height + y) * width, (n * height + y + 1) * width),
    ),
  );
}

/** Every pixel another number: places can be told from values. */
const numbered = (height: number, width: number): Image =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => y * width + x));

const clamp = (v: number, size: number) => Math.min(size - 1, Math.max(0, v));

function shifted(image: Image, dy: number, dx: number): Image {
  return image.map((row, y) =>
    row.map((_, x) => image[clamp(y + dy, image.length)]?.[clamp(x + dx, row.length)] ?? Number.NaN),
  );
}

describe("augment", () => {
  it("shifts by whole pixels, evenly up to the limit, and repeats the border", () => {
    const image = numbered(5, 6);
    const expected = new Map<string, string>();
    for (const dy of [-2, -1, 0, 1, 2]) {
      for (const dx of [-2, -1, 0, 1, 2]) expected.set(JSON.stringify(shifted(image, dy, dx)), `${dy},${dx}`);
    }
    const counts = new Map<string, number>();
    for (const copy of copies(image, { shift: 2 }, 1000)) {
      const which = expected.get(JSON.stringify(copy));
      expect(which).toBeDefined();
      counts.set(which ?? "", (counts.get(which ?? "") ?? 0) + 1);
    }
    expect(counts.size).toBe(25);
    for (const n of counts.values()) expect(Math.abs(n - 40)).toBeLessThan(5 * Math.sqrt(40));
  });

  it("mirrors every other picture, left to right", () => {
    const image = numbered(3, 4);
    const mirrored = JSON.stringify(image.map((row) => [...row].reverse()));
    const all = copies(image, { flip: true }, 400).map((copy) => JSON.stringify(copy));
    expect(new Set(all)).toEqual(new Set([JSON.stringify(image), mirrored]));
    const count = all.filter((copy) => copy === mirrored).length;
    expect(Math.abs(count - 200)).toBeLessThan(50);
  });

  it("rotates about the middle, both ways, up to the limit", () => {
    const image = numbered(7, 7);
    let [left, right] = [0, 0];
    for (const copy of copies(image, { rotate: 30 }, 200)) {
      expect(copy[3]?.[3]).toBe(image[3]?.[3]);
      // Where the rightmost pixel of the middle row came from tells the angle.
      const from = copy[3]?.[6] ?? Number.NaN;
      const [y, x] = [Math.floor(from / 7) - 3, (from % 7) - 3];
      const degrees = (Math.atan2(y, x) * 180) / Math.PI;
      expect(Math.abs(degrees)).toBeLessThanOrEqual(35);
      if (degrees > 5) right++;
      if (degrees < -5) left++;
      for (const value of copy.flat()) expect(Number.isInteger(value) && value >= 0 && value < 49).toBe(true);
    }
    expect(left).toBeGreaterThan(40);
    expect(right).toBeGreaterThan(40);
  });

  it("scales about the middle", () => {
    const image = numbered(9, 9);
    const edges = copies(image, { scale: 0.5 }, 200).map((copy) => (copy[4]?.[7] ?? 0) - 4 * 9 - 4);
    // Three pixels from the middle: between 1.5 (rounded) and 4.5 (cut at the border) come in.
    expect(Math.min(...edges)).toBe(2);
    expect(Math.max(...edges)).toBe(4);
    expect(new Set(edges)).toEqual(new Set([2, 3, 4]));
  });

  it("blanks one square of the given side, wherever its middle falls", () => {
    const image = numbered(8, 8).map((row) => row.map((v) => v + 1));
    const areas = copies(image, { cutout: 4 }, 300).map((copy) => {
      const holes = copy.flatMap((row, y) => row.flatMap((v, x) => (v === 0 ? [[y, x] as const] : [])));
      copy.forEach((row, y) => {
        row.forEach((v, x) => {
          expect(v === 0 || v === image[y]?.[x]).toBe(true);
        });
      });
      const span = (axis: 0 | 1) => {
        const at = holes.map((hole) => hole[axis]);
        return at.length === 0 ? 0 : Math.max(...at) - Math.min(...at) + 1;
      };
      expect(holes.length).toBe(span(0) * span(1));
      expect(Math.max(span(0), span(1))).toBeLessThanOrEqual(4);
      return holes.length;
    });
    expect(areas.filter((a) => a === 16).length).toBeGreaterThan(60);
    expect(Math.min(...areas)).toBeGreaterThanOrEqual(4);
  });

  it("takes only pixels of the picture itself, with all of it switched on", () => {
    const rng = rngOf(1);
    const image = numbered(6, 5).map((row) => row.map(() => 1 + rng.int(1000)));
    const known = new Set([0, ...image.flat()]);
    const options = { shift: 9, flip: true, rotate: 180, scale: 0.9, cutout: 2 };
    for (const key of [0, 1, 0xffffffff]) {
      for (const v of copies(image, options, 50, key).flat(2)) expect(known.has(v)).toBe(true);
    }
  });

  it("treats all channels alike, and each picture in its own way", () => {
    const network = buildNetwork(
      "augment",
      [{ name: "x", dtype: "float32", shape: [2, 4, 4] }],
      (g, [x]) => ({ y: augment(g, x ?? g.scalar(0), { ...NO_AUGMENTATION, shift: 2, flip: true }) }),
      { training: true, batch: 8 },
    );
    const data = Float64Array.from({ length: 8 * 32 }, (_, i) => (i % 16) + (i % 32 < 16 ? 0 : 100));
    const out = interpret(network.graph, {
      x: ref("float32", [8, 2, 4, 4], data),
      random_key: ref("uint32", [], Float64Array.of(5)),
    })[network.graph.outputs[0]?.name ?? ""];
    const images = Array.from({ length: 8 }, (_, n) =>
      Array.from(out?.data.slice(32 * n, 32 * n + 32) ?? []),
    );
    for (const image of images) {
      expect(image.slice(16)).toEqual(image.slice(0, 16).map((v) => v + 100));
    }
    expect(new Set(images.map((image) => image.join())).size).toBeGreaterThan(4);
  });

  it("adds nothing to the graph where nothing is asked for", () => {
    const network = buildNetwork(
      "none",
      [{ name: "x", dtype: "float32", shape: [1, 4, 4] }],
      (g, [x]) => ({ y: augment(g, x ?? g.scalar(0), NO_AUGMENTATION) }),
      { training: true, batch: 2 },
    );
    expect(network.graph.nodes).toEqual([]);
    expect(defaultAugmentation(28, 28, false)).toEqual({
      shift: 2,
      flip: false,
      rotate: 10,
      scale: 0.1,
      cutout: 0,
    });
    expect(defaultAugmentation(32, 32, true)).toEqual({
      shift: 4,
      flip: true,
      rotate: 0,
      scale: 0,
      cutout: 8,
    });
  });
});
