import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { philox, rngOf } from "./rng.js";

const WORD = 0xffffffffn;

/** Philox4x32-10 as published (Salmon et al. 2011, section 3.4), in exact integers. */
function published(counter: readonly bigint[], key: readonly bigint[]): number[] {
  let [c0 = 0n, c1 = 0n, c2 = 0n, c3 = 0n] = counter;
  let [k0 = 0n, k1 = 0n] = key;
  for (let round = 0; round < 10; round++) {
    const first = 0xd2511f53n * c0;
    const second = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(second >> 32n) ^ c1 ^ k0, second & WORD, (first >> 32n) ^ c3 ^ k1, first & WORD];
    k0 = (k0 + 0x9e3779b9n) & WORD;
    k1 = (k1 + 0xbb67ae85n) & WORD;
  }
  return [c0, c1, c2, c3].map(Number);
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("random numbers", () => {
  it("come from Philox4x32-10: the known answer, and exact arithmetic", () => {
    expect([...philox(0, 0, 0, 0)]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    fc.assert(
      fc.property(word, word, word, word, (low, high, k0, k1) => {
        const exact = published([BigInt(low), BigInt(high), 0n, 0n], [BigInt(k0), BigInt(k1)]);
        expect([...philox(low, high, k0, k1)]).toEqual(exact);
      }),
    );
  });

  it("depend on seed and path alone", () => {
    const draw = (seed: number, ...path: (string | number)[]) => rngOf(seed, ...path).uint32();
    expect(draw(1, "a", 2)).toBe(draw(1, "a", 2));
    const names = [draw(1, "a", 2), draw(2, "a", 2), draw(1, "a", 3), draw(1, "a", "2"), draw(1, "a2")];
    expect(new Set(names).size).toBe(names.length);
  });

  it("have the moments of their laws", () => {
    const rng = rngOf(3, "moments");
    const normals = Array.from({ length: 40_000 }, () => rng.normal());
    const mean = normals.reduce((sum, x) => sum + x, 0) / normals.length;
    const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / normals.length;
    // Four standard errors.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(40_000));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 40_000));
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) {
      const face = rng.int(7);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    const chi2 = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    // 0.9999 quantile of χ² with 6 degrees of freedom.
    expect(chi2).toBeLessThan(27.9);
  });
});
