import { expect, test } from "vitest";
import { canonicalJson, rngOf } from "../base/index.js";
import {
  crossover,
  distance,
  enumerate,
  mutate,
  neighbours,
  parse,
  type Schema,
  s,
  sample,
} from "./index.js";

const OPS = ["none", "skip", "conv1", "conv3", "pool"] as const;
const edge = s.oneOf(OPS);
const cell = s.object({ e01: edge, e02: edge, e12: edge, e03: edge, e13: edge, e23: edge });

test("a mutant of a cell differs in one edge, and every edge and value comes", () => {
  const rng = rngOf(1, "mutants");
  const parent = sample(cell, rng);
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const child = mutate(cell, parent, rng);
    expect(distance(cell, parent, child)).toBe(1);
    seen.add(canonicalJson(child));
  }
  expect(seen.size).toBe(24);
  expect(new Set([...neighbours(cell, parent)].map(canonicalJson))).toEqual(seen);
});

test("strength is the number of changes", () => {
  const wide = s.object(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, edge])));
  const rng = rngOf(2);
  const parent = sample(wide, rng);
  const mean = (strength: number) => {
    let sum = 0;
    for (let i = 0; i < 100; i++) sum += distance(wide, parent, mutate(wide, parent, rng, { strength }));
    return sum / 100;
  };
  expect(mean(1)).toBe(1);
  expect(mean(6)).toBeGreaterThan(4.5);
});

test("a mutant keeps what still stands, and draws only what is missing", () => {
  const block = s.oneOf({
    conv: s.object({ width: s.int({ min: 1, max: 512 }), kernel: s.oneOf([3, 5]) }),
    linear: s.object({ width: s.int({ min: 1, max: 100 }) }),
  });
  const rng = rngOf(4);
  for (let i = 0; i < 100; i++) {
    const child = mutate(block, { op: "conv", width: 300, kernel: 3 }, rng);
    if (child.op === "linear") expect(child.width).toBe(100);
  }
  const back = mutate(s.oneOf(["a", "b"]), "a", rng);
  expect(back).toBe("b");
});

test("mutation of a tight space finds the other points; a space of one point has no other", () => {
  const sums = s
    .object({ a: s.int({ min: 0, max: 9 }), b: s.int({ min: 0, max: 9 }) })
    .refine((g) => g.a + g.b === 9, "a + b = 9");
  const child = mutate(sums, { a: 0, b: 9 }, rngOf(1));
  expect(child.a).not.toBe(0);
  expect(child.a + child.b).toBe(9);
  expect(mutate(s.object({ a: s.literal(1) }), { a: 1 }, rngOf(1))).toEqual({ a: 1 });
  expect(() => mutate(sums, { a: 1, b: 9 }, rngOf(1))).toThrow(/genotype_refinement at genotype/);
});

test("lists grow, shrink and double; numbers take small and large steps", () => {
  const list = s.repeat(s.int({ min: 0, max: 1000 }), { min: 1, max: 5 });
  const rng = rngOf(5);
  const lengths = new Map<number, number>();
  const steps: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const child = mutate(list, [100, 500, 900], rng);
    lengths.set(child.length, (lengths.get(child.length) ?? 0) + 1);
    if (child.length === 3) {
      const [a = 0, b = 0, c = 0] = child;
      steps.push(Math.max(Math.abs(a - 100), Math.abs(b - 500), Math.abs(c - 900)));
    }
  }
  expect([...lengths.keys()].sort()).toEqual([2, 3, 4]);
  expect(steps.filter((it) => it <= 200).length / steps.length).toBeGreaterThan(0.5);
  expect(steps.some((it) => it > 400)).toBe(true);
});

type Tree = { op: "leaf"; x: number } | { op: "add"; left: Tree; right: Tree };
const tree: Schema<Tree> = s.lazy(
  () =>
    s.oneOf({ leaf: s.object({ x: s.int({ min: 0, max: 9 }) }), add: s.object({ left: tree, right: tree }) }),
  { maxDepth: 6 },
);
const leaf = (x: number): Tree => ({ op: "leaf", x });
const add = (left: Tree, right: Tree): Tree => ({ op: "add", left, right });
const leaves = (it: Tree): number[] =>
  it.op === "leaf" ? [it.x] : [...leaves(it.left), ...leaves(it.right)];

test("crossover by subtree puts parts of one parent into the other", () => {
  const a = add(add(leaf(1), leaf(1)), leaf(1));
  const b = add(leaf(2), add(leaf(2), leaf(2)));
  let grafted = 0;
  for (let i = 0; i < 200; i++) {
    const child = parse(tree, crossover(tree, a, b, rngOf(i, "cross")));
    const kinds = new Set(leaves(child));
    expect([...kinds].every((x) => x === 1 || x === 2)).toBe(true);
    if (kinds.size === 2) grafted++;
  }
  expect(grafted).toBeGreaterThan(50);
});

test("crossover by names takes every field from one of the parents", () => {
  const rng = rngOf(6);
  const [a, b] = [sample(cell, rng), sample(cell, rng)];
  const seen = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const child = crossover(cell, a, b, rng);
    for (const key of Object.keys(a) as (keyof typeof a)[]) expect([a[key], b[key]]).toContain(child[key]);
    seen.add(canonicalJson(child));
  }
  const differing = distance(cell, a, b);
  expect(seen.size).toBe(2 ** differing);
});

test("neighbours link every point of a small space to every other", () => {
  const kernel = s.oneOf([1, 3, 5]);
  const space = s.object({
    kernel,
    dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 3 })),
    tail: s.repeat(s.oneOf({ a: s.object({}), b: s.object({ flag: s.boolean() }) }), { min: 0, max: 2 }),
    norms: s.subset(["x", "y", "z"], { min: 1, max: 2 }),
  });
  const all = new Map([...enumerate(space)].map((it) => [canonicalJson(it), it]));
  const [first] = all.values();
  const reached = new Set<string>();
  const queue = first === undefined ? [] : [first];
  for (const it of queue) {
    for (const next of neighbours(space, it)) {
      const text = canonicalJson(next);
      if (!reached.has(text)) {
        reached.add(text);
        queue.push(next);
      }
    }
  }
  expect(reached.size).toBe(all.size);
});

test("neighbours of numbers: all of a short int, powers of two of a long one, a grid for reals", () => {
  expect([...neighbours(s.int({ min: 0, max: 4, step: 2 }), 2)]).toEqual([0, 4]);
  expect([...neighbours(s.int({ min: 0, max: 100 }), 98)]).toEqual([97, 99, 96, 100, 94, 90, 82, 66, 34]);
  const around = [...neighbours(s.real({ min: 0, max: 1 }), 0.5)];
  expect(around.map((it) => Number(it.toFixed(6)))).toEqual([0.49, 0.51, 0.45, 0.55, 0.3, 0.7]);
});
