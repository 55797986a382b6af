import { describe, expect, it } from "vitest";
import { openChoice, openLength, relax, s, settle } from "./index.js";

const kernel = s.oneOf([1, 3]);
const wide = s.boolean();
const schema = s.object({
  op: s.oneOf({ conv: s.object({ kernel }), skip: s.object({}) }),
  layers: s.repeat(s.object({ width: s.int({ min: 8, max: 24, step: 8 }) }), { min: 1, max: 3 }),
  wide,
  extra: s.when({ wide }, (g) => g.wide, s.oneOf(["a", "b"])),
  rate: s.real({ min: 0, max: 1 }),
});
type Genotype = s.infer<typeof schema>;
const base: Genotype = {
  op: { op: "skip" },
  layers: [{ width: 24 }, { width: 24 }],
  wide: true,
  extra: "a",
  rate: 0.5,
};

describe("relaxed genotypes", () => {
  it("read like the genotype that they are made of", () => {
    const view = relax(schema, base);
    expect(JSON.parse(JSON.stringify(view))).toEqual(base);
    expect(view.layers.map((it) => it.width)).toEqual([24, 24]);
    expect(() => Object.assign(view, { rate: 1 })).toThrow(TypeError);
  });

  it("open their choices, numbers, lengths and absences by name", () => {
    const view = relax(schema, base);
    const op = openChoice(view, "op");
    expect(op).toMatchObject({ path: "op", names: ["conv", "skip"] });
    expect(op?.value(0)).toEqual({ op: "conv", kernel: expect.any(Number) });
    expect(openChoice(op?.value(0) as object, "kernel")).toMatchObject({
      path: "op:conv/kernel",
      names: [1, 3],
    });
    expect(openChoice(view.layers[1] ?? {}, "width")).toMatchObject({
      path: "layers/1/width",
      names: [8, 16, 24],
    });
    expect(openLength(view, "layers")).toMatchObject({ path: "layers/length", names: [1, 2] });
    const extra = openChoice(view, "extra");
    expect(extra?.names).toEqual([null, "a", "b"]);
    expect([0, 1, 2].map((i) => extra?.value(i))).toEqual([undefined, "a", "b"]);
  });

  it("nothing is open in a plain genotype, in a real, or where there is no such field", () => {
    expect(openChoice(base, "op")).toBeUndefined();
    expect(openLength(base, "layers")).toBeUndefined();
    expect(openChoice(relax(schema, base), "rate")).toBeUndefined();
    expect(openChoice(relax(schema, base), "layers")).toBeUndefined();
    expect(openChoice(relax(schema, base), "nothing")).toBeUndefined();
  });

  it("settle where every choice is made, with what is missing repaired", () => {
    const picks: Record<string, unknown> = {
      op: "conv",
      "op:conv/kernel": 3,
      "layers/length": 1,
      wide: true,
      extra: "b",
    };
    const settled = settle(schema, base, ({ path, names }) =>
      Math.max(0, names.indexOf(picks[path] as string)),
    );
    expect(settled).toEqual({
      op: { op: "conv", kernel: 3 },
      layers: [{ width: 8 }],
      wide: true,
      extra: "b",
      rate: 0.5,
    });
    // extra has no place where wide is false, and cannot be left out where it is true.
    const narrow = settle(schema, base, ({ path }) => (path === "extra" ? 2 : 0));
    expect(narrow).toEqual({ op: { op: "conv", kernel: 1 }, layers: [{ width: 8 }], wide: false, rate: 0.5 });
    const missing = settle(schema, base, ({ path, names }) => (path === "wide" ? names.indexOf(true) : 0));
    expect(["a", "b"]).toContain(missing?.extra);
  });
});
