import fc from "fast-check";
import { expect, test } from "vitest";
import { dim } from "../base/index.js";
import { Symbols } from "./symbols.js";

test("names and what dim writes stay as they are", () => {
  const symbols = new Symbols();
  for (const text of [
    "N",
    "batch_size",
    "2*N + 1",
    "C*N",
    "floor((H + 1)/2)",
    "floor((H + 1)/2) - 1",
    "a.1",
  ]) {
    expect(symbols.of(text)).toBe(text);
  }
});

test("what arithmetic would misread becomes a safe name, the same each time, different for each text", () => {
  const symbols = new Symbols();
  const texts = ["a-b", "a+b", "a b", "N*2", "max(1, s0)", "((x", "7", "batch//2", "3N", "é"];
  const made = texts.map((text) => symbols.of(text));
  expect(new Set(made).size).toBe(texts.length);
  for (const [i, d] of made.entries()) {
    expect(d).toMatch(/^[A-Za-z_][\w.]*$/);
    expect(symbols.of(texts[i] ?? "")).toBe(d);
  }
});

test("marks of unknown length are a new symbol each time", () => {
  const symbols = new Symbols();
  for (const text of ["", "?", "None", "-1"]) expect(symbols.of(text)).not.toBe(symbols.of(text));
  expect(symbols.of("unk__5")).toBe(symbols.of("unk__5"));
  expect(symbols.of("unk__5")).not.toBe("unk__5");
});

test("any text gives a symbol that arithmetic keeps whole", () => {
  const pieces = fc.constantFrom(
    "N",
    "H",
    "2",
    "-",
    "+",
    " + ",
    " - ",
    "*",
    "(",
    ")",
    "floor((",
    ")/2)",
    "/",
    " ",
    "",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 8 }).map((p) => p.join("")),
  );
  fc.assert(
    fc.property(text, (t) => {
      const d = new Symbols().of(t);
      expect(dim.add(d)).toBe(d);
      expect(dim.sub(dim.add(dim.mul(d, 2), 3), d)).toBe(dim.add(d, 3));
    }),
    { numRuns: 2000 },
  );
});
