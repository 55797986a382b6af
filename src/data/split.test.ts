import fc from "fast-check";
import { expect, test } from "vitest";
import { completeSplit, type SplitIndices, shuffledSplit, stratifiedSplit } from "./split.js";

const sorted = (split: SplitIndices) =>
  [...split.train, ...split.validation, ...split.test].sort((a, b) => a - b);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

test("a stratified split takes every example once and keeps shares", () => {
  const sizes = fc.array(fc.integer({ min: 3, max: 120 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.nat(), (counts, seed) => {
      const labels = Int32Array.from(counts.flatMap((n, c) => Array<number>(n).fill(c)));
      const split = stratifiedSplit(labels, counts.length, seed, "test");
      expect(sorted(split)).toEqual(range(labels.length));
      // Small classes are given one example each, which the others go without.
      const raised = counts.reduce((sum, n) => sum + Math.max(0, 1 - n / 10), 0);
      counts.forEach((n, c) => {
        for (const part of [split.validation, split.test]) {
          const held = part.filter((i) => labels[i] === c).length;
          expect(held).toBeGreaterThanOrEqual(1);
          expect(Math.abs(held - n / 10)).toBeLessThanOrEqual(1 + raised);
        }
      });
      expect(stratifiedSplit(labels, counts.length, seed, "test")).toEqual(split);
    }),
  );
});

test("totals are exact where every class is large", () => {
  const labels = Int32Array.from(range(1000), (i) => i % 7);
  const { train, validation, test } = stratifiedSplit(labels, 7, 1, "test");
  expect([train.length, validation.length, test.length]).toEqual([800, 100, 100]);
  expect(stratifiedSplit(labels, 7, 2, "test").test).not.toEqual(test);
});

test("a shuffled split takes every example once; too few are refused", () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 500 }), fc.nat(), (n, seed) => {
      expect(sorted(shuffledSplit(n, seed, "test"))).toEqual(range(n));
    }),
  );
  expect(() => shuffledSplit(2, 0, "x.csv")).toThrow(/too_few_examples at x.csv/);
  expect(() => stratifiedSplit(Int32Array.of(0, 1), 2, 0, "x.csv")).toThrow(/too_few_examples/);
});

test("given parts stay as they are, missing ones come from training", () => {
  const labels = Int32Array.from(range(100), (i) => i % 2);
  const train = Int32Array.from(range(60));
  const test = Int32Array.from(range(20), (i) => 60 + i);
  const validation = Int32Array.from(range(20), (i) => 80 + i);
  expect(completeSplit({ train, validation, test }, labels, 2, 0, "x")).toEqual({ train, validation, test });
  const carved = completeSplit({ train, test }, labels, 2, 0, "x");
  expect(carved.test).toEqual(test);
  expect(carved.validation).toHaveLength(6);
  expect([...carved.train, ...carved.validation].sort((a, b) => a - b)).toEqual([...train]);
  const numbers = completeSplit({ train, validation }, Float32Array.from(labels), undefined, 0, "x");
  expect(numbers.validation).toEqual(validation);
  expect([...numbers.train, ...numbers.test].sort((a, b) => a - b)).toEqual([...train]);
});
