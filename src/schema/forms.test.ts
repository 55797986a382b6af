import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { canonicalJson, isIssue, rngOf } from "../base/index.js";
import {
  decisions,
  decode,
  distance,
  encode,
  encodingColumns,
  formatDecision,
  formatSize,
  fromText,
  identity,
  pathEncoding,
  type Schema,
  s,
  sample,
  size,
  toJsonSchema,
  toText,
  track,
  validate,
} from "./index.js";

const kernel = s.oneOf([1, 3, 5]);
const space = s
  .object({
    stem: s.int({ min: 8, max: 64, step: 8 }).describe("Width of the first convolution."),
    stages: s.repeat(
      s.oneOf(
        {
          conv: s.object({
            kernel,
            dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 3 })),
          }),
          skip: s.object({}),
        },
        { weights: { conv: 3 } },
      ),
      { min: 1, max: 2 },
    ),
    norms: s.subset(["batch", "layer norm"]),
    size: s.oneOf(["auto", s.int({ min: 1, max: 4 })]),
  })
  .refine((g) => g.stem > 8 || g.stages.length > 1, "a wide stem, or two stages");
const genotype: s.infer<typeof space> = {
  stem: 16,
  stages: [{ op: "conv", kernel: 3, dilation: 2 }, { op: "skip" }],
  norms: ["layer norm"],
  size: { branch: 1, value: 2 },
};

type Tree = { op: "leaf"; x: number } | { op: "add"; left: Tree; right: Tree };
const tree: Schema<Tree> = s.lazy(
  () =>
    s.oneOf({ leaf: s.object({ x: s.int({ min: 0, max: 9 }) }), add: s.object({ left: tree, right: tree }) }),
  { maxDepth: 6 },
);

test("text", () => {
  const text =
    '(stem=16, stages=[conv(kernel=3, dilation=2), skip()], norms={"layer norm"}, size=#1(value=2))';
  expect(toText(space, genotype)).toBe(text);
  expect(fromText(space, text.replaceAll(" ", "\n ").replace("layer\n norm", "layer norm"))).toEqual(
    genotype,
  );
});

test.each([
  ["(stem=16,\n stages=[conv(kernel=3 dilation=2)])", "line 2, column 24", ", or )"],
  ["(stem=16", "line 1, column 9", ", or )"],
  ["", "line 1, column 1", "a value"],
  ["(stem=16, stem=8)", "line 1, column 15", "stem once"],
  ["(stem=16) 3", "line 1, column 11", "the end of the text"],
  ["(stem=1.2.3)", "line 1, column 7", "a number"],
  ["(stem=@)", "line 1, column 7", "a word, a number, a quoted text or a bracket"],
  ["[".repeat(100_000), "line 1, column 2001", "at most 2000 levels of brackets"],
])("a text that cannot be read: %#", (text, path, expected) => {
  expect(fromText(space, text)).toMatchObject({ code: "genotype_text", path, expected });
});

test("a text that reads well but is no genotype names the decision", () => {
  expect(fromText(space, "(stem=16, stages=[skip(width=3)], norms={}, size=auto)")).toMatchObject({
    code: "genotype_unknown_field",
    path: "stages/0/width",
  });
});

test("any text gives a genotype or an issue", () => {
  const pieces = fc.constantFrom(
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    "#",
    "1",
    "-",
    '"',
    "stem",
    "conv",
    " ",
    "\\",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((it) => it.join("")),
      ),
      (text) => {
        const read = fromText(space, text);
        if (!isIssue(read)) expect(isIssue(validate(space, read))).toBe(false);
      },
    ),
    { numRuns: 2000 },
  );
});

test("vectors: one-hot, scaled, padded, and back", () => {
  const vector = encode(space, genotype);
  const named = new Map(encodingColumns(space).map((name, i) => [name, vector[i] ?? Number.NaN]));
  expect(named.get("stem")).toBeCloseTo(1 / 7);
  expect(named.get("stages/0?")).toBe(1);
  expect(named.get("stages/0=conv")).toBe(1);
  expect(named.get("stages/0:conv/kernel=3")).toBe(1);
  expect(named.get("stages/0:conv/dilation")).toBe(0.5);
  expect(named.get("stages/1=skip")).toBe(1);
  expect(named.get("norms=batch")).toBe(0);
  expect(named.get("size=1")).toBe(1);
  expect(decode(space, vector)).toEqual(genotype);
  expect(() => encode(tree, { op: "leaf", x: 1 })).toThrow(/encoding_recursive.*pathEncoding/);
  expect(decode(space, [1, 2])).toMatchObject({ code: "encoding_width" });
});

test("every vector stands for a genotype", () => {
  const width = encodingColumns(space).length;
  const unrefined = s.object(space.fields);
  const vectors = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
    minLength: width,
    maxLength: width,
  });
  fc.assert(
    fc.property(vectors, (vector) => {
      const read = decode(unrefined, vector);
      expect(isIssue(read) ? read : undefined).toBeUndefined();
    }),
  );
  expect(decode(space, new Array(width).fill(Number.NaN))).toMatchObject({
    code: "encoding_not_finite",
    path: "0",
  });
});

test("paths and distance", () => {
  expect(pathEncoding(space, genotype)).toEqual([
    "stem=16",
    "stages=2",
    "stages/0=conv",
    "stages/0:conv/kernel=3",
    "stages/0:conv/dilation=2",
    "stages/1=skip",
    "norms=layer norm",
    "size=1",
    "size:1/value=2",
  ]);
  expect(distance(space, genotype, { ...genotype, stem: 64 })).toBeCloseTo(6 / 7);
  // The branch differs, and kernel and dilation are taken on one side alone.
  expect(distance(space, genotype, { ...genotype, stages: [{ op: "skip" }, { op: "skip" }] })).toBe(3);
  expect(distance(tree, { op: "leaf", x: 0 }, { op: "leaf", x: 9 })).toBe(1);
});

test("decisions", () => {
  expect(decisions(space).map(formatDecision)).toEqual([
    "(root)  group  (a wide stem, or two stages)",
    "stem  integer 8..64 step 8  (Width of the first convolution.)",
    "stages  list of 1..2",
    "stages/*  one of conv (3), skip (1)",
    "stages/*:conv/kernel  one of 1, 3, 5",
    "stages/*:conv/dilation  integer 1..3  (conditional)",
    "norms  0..2 of batch, layer norm",
    "size  one of auto, 1",
    "size:1/value  integer 1..4",
  ]);
  expect(decisions(tree).map(formatDecision)).toEqual([
    "(root)  recursive, up to 6 levels",
    "(root)  one of leaf, add",
    ":leaf/x  integer 0..9",
    ":add/left  recursive, up to 6 levels",
    ":add/right  recursive, up to 6 levels",
  ]);
  // Blocks: 1 + 3 + 3 convolutions and skip; lists: 8 + 64; all: 8 · 72 · 4 · 5, less one narrow stage: 8 · 4 · 5.
  expect(formatSize(size(space))).toBe("11,360");
});

test("JSON Schema, read by another implementation", () => {
  const read = z.fromJSONSchema(toJsonSchema(space) as Parameters<typeof z.fromJSONSchema>[0]);
  const rng = rngOf(1);
  for (let i = 0; i < 200; i++) expect(read.safeParse(sample(space, rng)).success).toBe(true);
  for (const wrong of [
    { ...genotype, stem: 17 },
    { ...genotype, stem: 72 },
    { ...genotype, extra: 1 },
    { ...genotype, stages: [] },
    { ...genotype, stages: [{ op: "conv", kernel: 2 }] },
    { ...genotype, stages: [{ op: "pool" }] },
    { ...genotype, norms: ["group"] },
    { ...genotype, size: { branch: 0, value: 2 } },
    { ...genotype, size: undefined },
  ]) {
    expect(read.safeParse(wrong).success).toBe(false);
    expect(isIssue(validate(space, wrong))).toBe(true);
  }
  expect(toJsonSchema(space)).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $comment: "a wide stem, or two stages",
    properties: { stem: { description: "Width of the first convolution.", multipleOf: 8 } },
  });
  const grammar = z.fromJSONSchema(toJsonSchema(tree) as Parameters<typeof z.fromJSONSchema>[0]);
  for (let i = 0; i < 50; i++) expect(grammar.safeParse(sample(tree, rng)).success).toBe(true);
  expect(grammar.safeParse({ op: "add", left: { op: "leaf", x: 1 } }).success).toBe(false);
});

test("identity ignores decisions that were not read", () => {
  const build = (g: s.infer<typeof space>) => {
    const first = g.stages[0];
    return `${g.stem}${first?.op === "conv" ? first.kernel : ""}`;
  };
  const hashOf = (g: s.infer<typeof space>) => {
    const { view, reads } = track(g);
    build(view);
    return identity(space, g, reads());
  };
  const { view, reads } = track(genotype);
  build(view);
  expect(reads()).toEqual(["stages/0/kernel", "stages/0/op", "stem"]);
  expect(hashOf({ ...genotype, norms: [], size: "auto" })).toBe(hashOf(genotype));
  expect(hashOf({ ...genotype, stages: genotype.stages.slice(0, 1) })).toBe(hashOf(genotype));
  expect(hashOf({ ...genotype, stem: 24 })).not.toBe(hashOf(genotype));
  expect(hashOf({ ...genotype, stages: [{ op: "skip" }] })).not.toBe(hashOf(genotype));
  expect(identity(space, { ...genotype, norms: [] })).not.toBe(identity(space, genotype));
  expect(identity(space, genotype)).toMatch(/^[0-9a-f]{16}$/);
});

test("a view reads like the genotype, and what it reads is written down", () => {
  const { view, reads } = track(genotype);
  expect(JSON.parse(JSON.stringify(view))).toEqual(genotype);
  expect(canonicalJson(view)).toBe(canonicalJson(genotype));
  const absent = track<s.infer<typeof space>["stages"][number]>({ op: "conv", kernel: 1 });
  if (absent.view.op === "conv") expect(absent.view.dilation).toBeUndefined();
  expect(absent.reads()).toEqual(["dilation", "op"]);
  const list = track(genotype);
  expect(list.view.norms.includes("batch")).toBe(false);
  expect(list.view.stages.map((it) => it.op)).toEqual(["conv", "skip"]);
  for (const stage of list.view.stages) expect(typeof stage.op).toBe("string");
  expect(list.reads()).toEqual(
    expect.arrayContaining(["norms/0", "norms/length", "stages/length", "stages/1/op"]),
  );
  expect(reads().length).toBeGreaterThan(8);
  expect(() => {
    Reflect.set(view, "stem", 8) || Reflect.deleteProperty(view, "stem");
  }).not.toThrow();
  expect(view.stem).toBe(16);
});
