import { expect, test } from "vitest";
import { isIssue, MorphError, rngOf } from "../base/index.js";
import { enumerate, parse, type Schema, s, sample, size, validate } from "./index.js";

const cell = s.object({
  edge01: s.oneOf(["none", "skip", "conv1", "conv3", "pool"]),
  edge02: s.oneOf(["none", "skip", "conv1", "conv3", "pool"]),
  edge12: s.oneOf(["none", "skip", "conv1", "conv3", "pool"]),
  edge03: s.oneOf(["none", "skip", "conv1", "conv3", "pool"]),
  edge13: s.oneOf(["none", "skip", "conv1", "conv3", "pool"]),
  edge23: s.oneOf(["none", "skip", "conv1", "conv3", "pool"]),
});

test("six five-way choices", () => {
  expect(size(cell)).toMatchObject({ count: 15_625n, exact: true });
  expect([...enumerate(cell)].length).toBe(15_625);
  const rng = rngOf(1, "speed");
  const start = performance.now();
  const n = 100_000;
  for (let i = 0; i < n; i++) if (isIssue(validate(cell, sample(cell, rng)))) throw new Error("invalid");
  const perSecond = (n / (performance.now() - start)) * 1000;
  console.log("sample + validate per second:", Math.round(perSecond));
});

type Tree = { op: "leaf"; x: number } | { op: "add"; left: Tree; right: Tree };
const tree: Schema<Tree> = s.lazy(
  () =>
    s.oneOf({
      leaf: s.object({ x: s.int({ min: 0, max: 2 }) }),
      add: s.object({ left: tree, right: tree }),
    }),
  { maxDepth: 3 },
);

test("trees", () => {
  // d1 = 3, d2 = 3 + 9 = 12, d3 = 3 + 144.
  expect(size(tree).count).toBe(147n);
  expect([...enumerate(tree)].length).toBe(147);
  const seen = new Map<string, number>();
  const rng = rngOf(3);
  for (let i = 0; i < 14_700; i++) {
    const g = sample(tree, rng, { uniform: true });
    parse(tree, g);
    const k = JSON.stringify(g);
    seen.set(k, (seen.get(k) ?? 0) + 1);
  }
  expect(seen.size).toBe(147);
});

test("errors", () => {
  expect(() => parse(cell, { ...sample(cell, rngOf(1)), edge13: "conv4" })).toThrow(
    'genotype_choice at edge13: expected one of "none", "skip", "conv1", "conv3", "pool", received "conv4". Did you mean "conv1"?',
  );
  const never = s.int({ min: 0, max: 5 }).refine(() => false, "something impossible");
  expect(() => sample(never, rngOf(1))).toThrow(MorphError);
});
