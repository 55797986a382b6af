import { expect, test } from "vitest";
import { isIssue } from "../base/index.js";
import { parse, type Schema, s, validate } from "./index.js";

const kernel = s.oneOf([1, 3, 5]);
const space = s.object({
  stem: s.int({ min: 8, max: 64, step: 8 }),
  stages: s.repeat(
    s.oneOf({
      conv: s.object({
        kernel,
        act: s.oneOf(["relu", "gelu"]),
        dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 3 })),
      }),
      skip: s.object({}),
    }),
    { min: 1, max: 3 },
  ),
  norms: s.subset(["batch", "layer", "none"], { min: 1 }),
  rate: s.real({ min: 0, max: 1 }),
  size: s.oneOf(["auto", s.int({ min: 1, max: 4 })]),
});
const conv = { op: "conv", kernel: 3, act: "relu", dilation: 2 } as const;
const good: s.infer<typeof space> = {
  stem: 16,
  stages: [conv, { op: "skip" }],
  norms: ["batch", "none"],
  rate: 0.5,
  size: { branch: 1, value: 2 },
};

test("a genotype comes back as itself", () => {
  expect(parse(space, good)).toBe(good);
  expect(isIssue(validate(space, JSON.parse(JSON.stringify(good))))).toBe(false);
});

test.each<[string, unknown, string]>([
  ["no object", 3, "genotype_type: expected an object, received 3."],
  ["a list", [], "genotype_type: expected an object, received []."],
  [
    "a missing field",
    { ...good, stem: undefined },
    "genotype_missing at stem: expected a decision, received nothing.",
  ],
  [
    "an unknown field",
    { ...good, stme: 3 },
    "genotype_unknown_field at stme: expected fields among stem, stages, norms, rate, size, received stme. Did you mean stem?",
  ],
  [
    "off the lattice",
    { ...good, stem: 17 },
    "genotype_range at stem: expected an integer in 8..64 in steps of 8, received 17.",
  ],
  [
    "not finite",
    { ...good, rate: Number.NaN },
    "genotype_range at rate: expected a number in 0..1, received NaN.",
  ],
  [
    "an unknown value",
    { ...good, stages: [{ ...conv, act: "rellu" }] },
    'genotype_choice at stages/0/act: expected one of "relu", "gelu", received "rellu". Did you mean "relu"?',
  ],
  [
    "an unknown branch",
    { ...good, stages: [conv, { op: "skpi" }] },
    'genotype_choice at stages/1/op: expected one of { op: "conv" }, { op: "skip" }, received "skpi". Did you mean "skip"?',
  ],
  [
    "a branch without its tag",
    { ...good, stages: [{ kernel: 3 }] },
    'genotype_choice at stages/0/op: expected one of { op: "conv" }, { op: "skip" }, received nothing.',
  ],
  [
    "a field whose condition fails",
    { ...good, stages: [{ ...conv, kernel: 1 }] },
    "genotype_unexpected at stages/0/dilation: expected nothing, since the condition of this field does not hold, received 2. Leave the field out.",
  ],
  [
    "a field whose condition holds",
    { ...good, stages: [{ ...conv, dilation: undefined }] },
    "genotype_missing at stages/0/dilation: expected a decision, received nothing.",
  ],
  [
    "too short a list",
    { ...good, stages: [] },
    "genotype_length at stages: expected 1 to 3 items, received 0.",
  ],
  [
    "a set out of order",
    { ...good, norms: ["none", "batch"] },
    'genotype_order at norms/1: expected different items in the order of declaration, received "batch". A set has one spelling, so that equal sets have equal hashes.',
  ],
  [
    "an unknown item",
    { ...good, norms: ["bacth"] },
    'genotype_choice at norms/0: expected one of "batch", "layer", "none", received "bacth". Did you mean batch?',
  ],
  [
    "a value of another branch",
    { ...good, size: { branch: 0, value: 2 } },
    'genotype_choice at size/branch: expected one of "auto", { branch: 1 }, received 0.',
  ],
])("%s", (_, value, message) => {
  expect(() => parse(space, value)).toThrow(expect.objectContaining({ message }));
});

test("a hostile value is refused, not followed", () => {
  type Nest = { inner?: Nest | null };
  const nest: Schema<{ inner: unknown }> = s.lazy(() => s.object({ inner: s.oneOf([nest, null]) }), {
    maxDepth: 500,
  });
  let deep: Nest | null = null;
  for (let i = 0; i < 100_000; i++) deep = { inner: deep };
  expect(isIssue(validate(nest, deep))).toBe(true);
  const legal = (levels: number): unknown =>
    levels === 0 ? null : { branch: 0, value: { inner: legal(levels - 1) } };
  expect(isIssue(validate(nest, { inner: legal(499) }))).toBe(false);
  expect(() => parse(nest, { inner: legal(500) })).toThrow(/genotype_depth.*at most 500 levels/);
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  expect(isIssue(validate(space, cyclic))).toBe(true);
  expect(isIssue(validate(kernel, "constructor"))).toBe(true);
  expect(isIssue(validate(s.oneOf({ a: s.object({}) }), { op: "__proto__" }))).toBe(true);
  expect(isIssue(validate(s.object({ toString: s.boolean() }), {}))).toBe(true);
});

test.each<[() => unknown, RegExp]>([
  [() => s.oneOf([]), /schema_empty/],
  [() => s.oneOf(["a", "a"]), /schema_duplicate.*"a" twice.*weights/],
  [() => s.oneOf([0, -0]), /schema_duplicate/],
  [() => s.oneOf([Number.NaN]), /schema_scalar/],
  [() => s.oneOf(["a"], { weights: [1, 2] }), /schema_weights.*1 weights, received 2/],
  [() => s.oneOf(["a"], { weights: [0] }), /schema_weights/],
  [() => s.oneOf({ a: s.object({ op: s.boolean() }) }), /schema_reserved_field at a/],
  [() => s.object({ 2: s.boolean() }), /schema_reserved_field at 2/],
  [
    () => s.int({ min: 3, max: 2 }),
    /schema_bounds at int max: expected an integer of at least 3, received 2/,
  ],
  [() => s.int({ min: 0.5, max: 2 }), /schema_bounds/],
  [() => s.int({ min: 0, max: 2, log: true }), /schema_bounds.*logarithmic/],
  [() => s.real({ min: 0, max: Number.POSITIVE_INFINITY }), /schema_bounds/],
  [() => s.subset(["a"], { min: 2 }), /schema_bounds/],
  [() => s.repeat(s.boolean(), { min: 0, max: 1e9 }), /schema_bounds at repeat max/],
  [
    () => s.object({ dilation: s.when({ kernle: kernel }, () => true, kernel), kernel }),
    /schema_unknown_dependency at dilation.*an earlier field \(there is none\)/,
  ],
  [
    () => s.object({ kernel, dilation: s.when({ kernle: kernel }, () => true, kernel) }),
    /did you mean kernel/i,
  ],
])("a faulty declaration is refused when it is made (%#)", (declare, message) => {
  expect(declare).toThrow(message);
});
