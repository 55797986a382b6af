import { expect, test } from "vitest";
import { rngOf } from "../base/index.js";
import { type Schema, s, schemaContract, validFraction } from "./index.js";

test("a sound space violates nothing", () => {
  const kernel = s.oneOf([1, 3, 5]);
  const space = s.object({
    kernel,
    dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 3 })),
    rate: s.real({ min: 1e-4, max: 1, log: true }),
  });
  expect(schemaContract(space, { samples: 200 })).toEqual([]);
});

test("spaces that are not functions of their arguments are found out", () => {
  let turn = 0;
  const moody = s.int({ min: 0, max: 99 }).refine(() => ++turn % 3 !== 0, "not every third time");
  const properties = schemaContract(moody, { samples: 10 }).map((it) => it.property);
  expect(properties).toContain("samples are valid");
  let calls = 0;
  const drifting = s.oneOf(["a", "b", "c"], { allow: (name) => name === "a" || ++calls % 2 === 0 });
  expect(schemaContract(drifting).length).toBeGreaterThan(0);
});

test("a space that cannot be sampled is reported, with its reason", () => {
  const empty = s.boolean().refine(() => false, "the impossible");
  const [first] = schemaContract(empty, { samples: 1 });
  expect(first).toMatchObject({ property: "samples are valid", counterexample: { seed: 0, i: 0 } });
  expect(first?.detail).toMatch(/space_unsatisfiable: expected the impossible/);
});

test("a grammar of shapes holds the contract", () => {
  type Module =
    | { op: "linear"; width: number }
    | { op: "flatten" }
    | { op: "seq"; first: Module; second: Module };
  type Rank = 2 | 4;
  const after = (it: Module, rank: Rank): Rank =>
    it.op === "flatten" ? 2 : it.op === "seq" ? after(it.second, after(it.first, rank)) : rank;
  const module: Schema<Module, Rank> = s.lazy(
    () => {
      const first: Schema<Module, Rank> = module;
      return s.oneOf(
        {
          linear: s.object({ width: s.oneOf([16, 32]) }),
          flatten: s.object({}),
          seq: s.object({
            first,
            second: s.within({ first }, (g, rank: Rank): Rank => after(g.first, rank), module),
          }),
        },
        {
          weights: { linear: 2, seq: 3 },
          allow: (op, rank: Rank) => op !== "flatten" || rank === 4,
        },
      );
    },
    { maxDepth: 12 },
  );
  expect(schemaContract(s.bind(module, 4), { samples: 40 })).toEqual([]);
});

test("the valid share is what the refinements keep", () => {
  const pair = s.object({ a: s.int({ min: 0, max: 9 }), b: s.int({ min: 0, max: 9 }) });
  const ordered = pair.refine((g) => g.a < g.b, "a < b");
  expect(validFraction(pair, rngOf(1))).toBe(1);
  expect(validFraction(ordered, rngOf(1), 4000)).toBeCloseTo(0.45, 1);
});
