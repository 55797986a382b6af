import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { canonicalJson, isIssue, rngOf } from "../base/index.js";
import { enumerate, parse, type Schema, s, sample, size, validate } from "./index.js";

const OPS = ["none", "skip", "conv1", "conv3", "pool"] as const;
const edge = s.oneOf(OPS);
const cell = s.object({ e01: edge, e02: edge, e12: edge, e03: edge, e13: edge, e23: edge });

type Tree = { op: "leaf"; x: number } | { op: "add"; left: Tree; right: Tree };
const treeOf = (maxDepth: number, weight = 1): Schema<Tree> => {
  const tree: Schema<Tree> = s.lazy(
    () =>
      s.oneOf(
        {
          add: s.object({ left: tree, right: tree }),
          leaf: s.object({ x: s.int({ min: 0, max: 2 }) }),
        },
        { weights: { add: weight } },
      ),
    { maxDepth },
  );
  return tree;
};

/** Chi-square of observed counts against equal ones, as standard normal deviate (Wilson and Hilferty 1931). */
function deviate(counts: readonly number[]): number {
  const n = counts.reduce((a, b) => a + b, 0);
  const expected = n / counts.length;
  const chi2 = counts.reduce((sum, it) => sum + (it - expected) ** 2 / expected, 0);
  const k = counts.length - 1;
  return ((chi2 / k) ** (1 / 3) - (1 - 2 / (9 * k))) / Math.sqrt(2 / (9 * k));
}

function tally<T>(schema: Schema<T>, draws: number, options: { uniform: boolean }): number[] {
  const counts = new Map([...enumerate(schema)].map((it) => [canonicalJson(it), 0]));
  const rng = rngOf(7, "tally");
  for (let i = 0; i < draws; i++) {
    const text = canonicalJson(parse(schema, sample(schema, rng, options)));
    counts.set(text, (counts.get(text) ?? Number.NaN) + 1);
  }
  return [...counts.values()];
}

test("uniform draws are uniform over distinct genotypes: trees, conditions, guards, lists, refinements", () => {
  const kernel = s.oneOf([1, 3, 5], { weights: [8, 1, 1] });
  const conditional = s.object({
    kernel,
    dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 4 })),
    groups: s.when({ kernel }, (g) => g.kernel === 5, s.subset(["a", "b", "c"], { max: 2 }), s.boolean()),
  });
  const rising = s.repeat(s.oneOf([0, 1, 2], { allow: (it, least: number) => it >= least }), {
    min: 0,
    max: 3,
    context: (before, least: number): number => before.at(-1) ?? least,
  });
  const sums = s
    .object({ a: s.int({ min: 0, max: 9 }), b: s.int({ min: 0, max: 9 }) })
    .refine((g) => g.a + g.b === 9, "a + b = 9");
  for (const [schema, points] of [
    [treeOf(3), 147],
    [conditional, 1 * 2 + 4 * 2 + 4 * 7],
    [s.bind(rising, 0), 1 + 3 + 6 + 10],
    [sums, 10],
    [s.repeat(s.boolean(), { min: 1, max: 4 }), 30],
  ] as const) {
    expect(size(schema as Schema<unknown>)).toMatchObject({ count: BigInt(points), exact: true });
    const counts = tally(schema as Schema<unknown>, points * 100, { uniform: true });
    expect(counts.length).toBe(points);
    expect(Math.abs(deviate(counts))).toBeLessThan(4);
  }
  // The weighted law is another one, and the test can tell.
  expect(deviate(tally(conditional, 3_000, { uniform: false }))).toBeGreaterThan(10);
});

test("weights are frequencies", () => {
  const op = s.oneOf(
    { c: s.object({}), s: s.object({}), b: s.object({}), r: s.object({}) },
    { weights: { c: 1.41 } },
  );
  const rng = rngOf(1, "weights");
  let c = 0;
  for (let i = 0; i < 20_000; i++) if (sample(op, rng).op === "c") c++;
  expect(c / 20_000).toBeCloseTo(1.41 / 4.41, 1);
  const never = s.oneOf(["a", "b"], { weights: [0, 1] });
  for (let i = 0; i < 100; i++) expect(sample(never, rng)).toBe("b");
  expect(isIssue(validate(never, "a"))).toBe(false);
});

test("log ints and reals favour small values evenly in the logarithm", () => {
  const width = s.int({ min: 1, max: 1024, log: true });
  const rate = s.real({ min: 1e-4, max: 1, log: true });
  const rng = rngOf(2, "log");
  let [smallWidths, smallRates] = [0, 0];
  for (let i = 0; i < 10_000; i++) {
    if (sample(width, rng) < 32) smallWidths++;
    if (sample(rate, rng) < 1e-2) smallRates++;
  }
  expect(smallWidths / 10_000).toBeCloseTo(0.5, 1);
  expect(smallRates / 10_000).toBeCloseTo(0.5, 1);
});

test("supercritical grammars end, within their depth", () => {
  const wild = treeOf(100, 50);
  for (let i = 0; i < 5; i++) parse(wild, sample(wild, rngOf(i, "wild")));
  const flat = treeOf(1, 50);
  expect(sample(flat, rngOf(1)).op).toBe("leaf");
  const endless: Schema<{ next: unknown }> = s.lazy(() => s.object({ next: endless }));
  expect(() => sample(endless, rngOf(1))).toThrow(/space_unsatisfiable/);
  expect(size(endless).count).toBe(0n);
});

test("a running context is threaded, and dead ends are left by backtracking", () => {
  interface Shape {
    rank: 3 | 4;
  }
  type Op = { op: "im2col" } | { op: "col2im" } | { op: "linear" } | { op: "stuck"; never: "x" };
  const step: Schema<Op, Shape> = s.oneOf(
    {
      im2col: s.object({}),
      col2im: s.object({}),
      linear: s.object({}),
      // A branch that can never be completed: the choice falls to the others.
      stuck: s.object({ never: s.oneOf(["x"], { allow: () => false }) }),
    },
    { allow: (op, shape: Shape) => op !== (shape.rank === 4 ? "col2im" : "im2col") },
  );
  const after = (op: Op["op"], shape: Shape): Shape =>
    op === "im2col" ? { rank: 3 } : op === "col2im" ? { rank: 4 } : shape;
  const chain = s.bind(
    s.repeat(step, {
      min: 5,
      max: 5,
      context: (before, start: Shape) => before.reduce((shape, it) => after(it.op, shape), start),
    }),
    { rank: 4 },
  );
  const two = s.bind(
    s.object({
      first: step,
      second: s.within({ first: step }, ({ first }, shape: Shape): Shape => after(first.op, shape), step),
    }),
    { rank: 4 },
  );
  const rng = rngOf(3, "context");
  for (let i = 0; i < 200; i++) {
    let shape: Shape = { rank: 4 };
    for (const { op } of sample(chain, rng)) {
      expect(op).not.toBe(shape.rank === 4 ? "col2im" : "im2col");
      expect(op).not.toBe("stuck");
      shape = after(op, shape);
    }
    const pair = sample(two, rng);
    if (pair.first.op === "im2col") expect(pair.second.op).not.toBe("im2col");
  }
  expect(size(chain)).toMatchObject({ count: 32n, exact: true });
});

test("a refinement that rejection can hardly meet is met by going through the points", () => {
  const rare = s
    .object({ a: s.int({ min: 0, max: 99 }), b: s.int({ min: 0, max: 99 }), c: s.int({ min: 0, max: 9 }) })
    .refine((g) => g.a === 17 && g.b === 71 && g.c === 7, "one point in 100,000");
  expect(sample(rare, rngOf(1))).toEqual({ a: 17, b: 71, c: 7 });
  expect(sample(rare, rngOf(1), { uniform: true })).toEqual({ a: 17, b: 71, c: 7 });
  const none = s.int({ min: 0, max: 5 }).refine((it) => it > 5, "a number above 5");
  expect(() => sample(none, rngOf(1))).toThrow(
    "space_unsatisfiable: expected a number above 5, received no point of the space satisfies it. Loosen the refinement",
  );
  expect(() => sample(none, rngOf(1), { uniform: true })).toThrow(/space_unsatisfiable/);
  const real = s.object({ x: s.real({ min: 0, max: 1 }) });
  expect(() => sample(real, rngOf(1), { uniform: true })).toThrow(/space_not_finite.*Draw by weights/);
});

test("another process draws the same genotypes", () => {
  const script = `
    import { rngOf } from "./src/base/index.js";
    import { mutate, s, sample } from "./src/schema/index.js";
    const kernel = s.oneOf([1, 3, 5]);
    const block = s.object({ kernel, rate: s.real({ min: 1e-4, max: 1, log: true }),
      dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 64, log: true })) });
    const net = s.repeat(block, { min: 1, max: 4 });
    const drawn = Array.from({ length: 50 }, (_, i) => sample(net, rngOf(11, "trial", i)));
    const mutants = drawn.map((it, i) => mutate(net, it, rngOf(11, "mutant", i)));
    console.log(JSON.stringify([drawn, mutants]));`;
  const code = `
    import { build } from "esbuild";
    const { outputFiles } = await build({ stdin: { contents: ${JSON.stringify(script)}, resolveDir: process.cwd() },
      bundle: true, write: false, format: "esm", platform: "node" });
    await import("data:text/javascript," + encodeURIComponent(outputFiles[0].text));`;
  const run = () => execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  const kernel = s.oneOf([1, 3, 5]);
  const block = s.object({
    kernel,
    rate: s.real({ min: 1e-4, max: 1, log: true }),
    dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 64, log: true })),
  });
  const net = s.repeat(block, { min: 1, max: 4 });
  const [drawn] = JSON.parse(run()) as [unknown[], unknown[]];
  expect(drawn).toEqual(Array.from({ length: 50 }, (_, i) => sample(net, rngOf(11, "trial", i))));
  expect(run()).toBe(run());
});

test("above 200,000 samples with validation a second, for six five-way choices", () => {
  const rng = rngOf(1, "speed");
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const n = 20_000;
    const start = performance.now();
    for (let i = 0; i < n; i++) if (isIssue(validate(cell, sample(cell, rng)))) throw new Error("invalid");
    best = Math.max(best, (n / (performance.now() - start)) * 1000);
  }
  expect(best).toBeGreaterThan(200_000);
});

test("sizes: nb201, recursion beyond integers, reals, bounds", () => {
  expect(size(cell)).toEqual({ count: 15_625n, log10: Math.log10(15_625), exact: true });
  expect([...enumerate(cell)].length).toBe(15_625);
  const huge = size(treeOf(40));
  expect(huge.count).toBeUndefined();
  expect(huge.exact).toBe(true);
  // log10 doubles with each level: n(d) = 3 + n(d - 1)^2.
  expect(huge.log10 / size(treeOf(39)).log10).toBeCloseTo(2, 6);
  expect(size(s.object({ a: s.real({ min: 0, max: 1 }), b: s.oneOf(OPS) }))).toEqual({
    log10: Math.log10(500),
    exact: false,
  });
  const bounded = s
    .object({ a: s.int({ min: 1, max: 1000 }), b: s.int({ min: 1, max: 1000 }) })
    .refine((g) => g.a < g.b, "a < b");
  expect(size(bounded)).toMatchObject({ count: 1_000_000n, exact: false });
});

test("contexts that come again are counted once, however deep the grammar", () => {
  type Chain = { op: "end" } | { op: "two"; a: Chain; b: Chain };
  const chain: Schema<Chain, { parity: number }> = s.lazy(
    () => {
      const next = s.within({}, (_, it: { parity: number }) => ({ parity: 1 - it.parity }), chain);
      return s.oneOf(
        { end: s.object({}), two: s.object({ a: next, b: next }) },
        { allow: (op, it: { parity: number }) => op === "two" || it.parity === 1 },
      );
    },
    { maxDepth: 60 },
  );
  const bound = s.bind(chain, { parity: 0 });
  expect(size(bound).log10).toBeGreaterThan(1e6);
  const small: Schema<Chain> = s.bind(chain, { parity: 1 });
  for (let i = 0; i < 20; i++) parse(small, sample(small, rngOf(i, "deep")));
  for (let i = 0; i < 20; i++) expect(sample(bound, rngOf(i, "deep")).op).toBe("two");
});
