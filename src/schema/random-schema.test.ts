import fc from "fast-check";
import { expect, test } from "vitest";
import { MorphError, rngOf } from "../base/index.js";
import { enumerate, type Schema, s, sample, schemaContract } from "./index.js";

/** Schemas of every kind, nested to a small depth, with conditions, guards, contexts and refinements. */
const scalars = fc.uniqueArray(
  fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  { minLength: 1, maxLength: 4, selector: (it) => (Object.is(it, -0) ? 0 : it) },
);
const names = fc.uniqueArray(
  fc
    .oneof(fc.constantFrom("a", "b", "c", "d", "value"), fc.string({ maxLength: 5 }))
    .filter((it) => it !== "op" && it !== "__proto__" && !/^[0-9]+$/.test(it)),
  { maxLength: 3 },
);
const weightsFor = (n: number) =>
  fc.option(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: n, maxLength: n }), { nil: undefined });

const leaf: fc.Arbitrary<Schema<unknown>> = fc.oneof(
  scalars.chain((values) => weightsFor(values.length).map((weights) => s.oneOf(values, { weights }))),
  fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(40), fc.integer({ min: 1, max: 7 }))
    .map(([min, range, step]) => s.int({ min, max: min + range, step })),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.nat(3000))
    .map(([min, range]) => s.int({ min, max: min + range, log: true })),
  fc
    .tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.constantFrom(0, 0.01, 3, 20))
    .map(([min, range]) => s.real({ min, max: min + range })),
  fc
    .tuple(fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.constantFrom(1, 1.1, 7, 1e4))
    .map(([min, factor]) => s.real({ min, max: min * factor, log: true })),
  scalars.chain((items) =>
    fc
      .tuple(fc.nat(items.length), fc.nat(items.length))
      .map(([a, b]) => s.subset(items, { min: Math.min(a, b), max: Math.max(a, b) })),
  ),
);

const refinement = (rule: number) => (value: unknown) => JSON.stringify(value).length % rule !== 1;

type Item = { op: "end"; x: number } | { op: "more"; items: Item[] };

const schemas: fc.Arbitrary<Schema<unknown>> = fc.letrec<{
  any: Schema<unknown>;
  object: ReturnType<typeof object>;
}>((tie) => ({
  object: fc.tuple(names, fc.array(tie("any"), { minLength: 3, maxLength: 3 }), fc.boolean()).map(object),
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    tie("object"),
    fc
      .tuple(
        fc.uniqueArray(
          fc.string({ maxLength: 5 }).filter((it) => it !== "__proto__"),
          { minLength: 1, maxLength: 3 },
        ),
        fc.array(tie("object"), { minLength: 3, maxLength: 3 }),
      )
      .map(([ops, bodies]) =>
        s.oneOf(Object.fromEntries(ops.map((op, i) => [op, bodies[i] ?? object([[], [], false])]))),
      ),
    fc.tuple(tie("any"), fc.integer()).map(([inner, value]) => s.oneOf([inner, `v${value}`, inner])),
    fc
      .tuple(tie("any"), fc.nat(2), fc.nat(2))
      .map(([item, min, more]) => s.repeat(item, { min, max: min + more })),
    tie("any").map((inner) => s.lazy(() => inner, { maxDepth: 3 })),
    fc
      .tuple(tie("any"), fc.integer({ min: 2, max: 4 }))
      .map(([inner, rule]) => inner.refine(refinement(rule), `length not 1 modulo ${rule}`)),
    fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 4 })).map(([max, maxDepth]) => grammar(max, maxDepth)),
    fc.nat(3).map(guarded),
  ),
})).any;

function object([fields, inner, conditional]: [string[], Schema<unknown>[], boolean]) {
  const [first] = fields;
  const entries = fields.map((name, i) => {
    const schema = inner[i] ?? s.boolean();
    if (i === 0 || !conditional || first === undefined) return [name, schema] as const;
    const deps = { [first]: inner[0] ?? s.boolean() };
    const test = (values: Readonly<Record<string, unknown>>) =>
      JSON.stringify(values[first]).length % 2 === 0;
    return [
      name,
      i === 1 ? s.when(deps, test, schema) : s.when(deps, test, schema, s.oneOf(["other", 7])),
    ] as const;
  });
  return s.object(Object.fromEntries(entries));
}

function grammar(max: number, maxDepth: number): Schema<unknown> {
  const item: Schema<Item> = s.lazy(
    () =>
      s.oneOf(
        {
          more: s.object({ items: s.repeat(item, { min: max > 1 ? 1 : 0, max }) }),
          end: s.object({ x: s.int({ min: 0, max: 1 }) }),
        },
        { weights: { more: 3 } },
      ),
    { maxDepth },
  );
  return item;
}

/** A list whose items may only grow, by a guard on a running context. */
function guarded(start: number): Schema<unknown> {
  const item = s.oneOf([0, 1, 2, 3], { allow: (value, least: number) => Number(value) >= least });
  const list = s.repeat(item, {
    min: 1,
    max: 3,
    context: (before, least: number): number => before.at(-1) ?? least,
  });
  return s.bind(
    s.object({ list, last: s.within({ list }, ({ list }): number => list.at(-1) ?? 0, item) }),
    start,
  );
}

test("the contract holds for random schemas", () => {
  fc.assert(
    fc.property(schemas, fc.nat(1000), (schema, seed) => {
      try {
        sample(schema, rngOf(seed));
      } catch (error) {
        // A random refinement may leave nothing; then enumeration finds nothing either.
        if (!(error instanceof MorphError && error.code === "space_unsatisfiable")) throw error;
        expect(enumerate(schema, { grid: 5 }).next().done).toBe(true);
        return;
      }
      expect(schemaContract(schema, { samples: 6, seed, neighbours: 20 })).toEqual([]);
    }),
    { numRuns: Number(process.env.SCHEMA_RUNS ?? 250), seed: Number(process.env.SCHEMA_SEED ?? 1) },
  );
});
