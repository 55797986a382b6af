import fc from "fast-check";
import { expect, test } from "vitest";
import { dateOf, isMissing, numberOf } from "./cells.js";
import { Moments } from "./moments.js";

test.each(["", " ", "NA", "n/a", "NaN", "null", "?", "<NA>", null, undefined, Number.NaN, new Date("x")])(
  "%j is missing",
  (cell) => {
    expect(isMissing(cell)).toBe(true);
  },
);

test.each(["0", "None", "no", 0, false, "-"])("%j is a value", (cell) => {
  expect(isMissing(cell)).toBe(false);
});

test("numbers as text come back; words do not", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (x) => {
      expect(numberOf(String(x))).toBe(Object.is(x, -0) ? 0 : x);
    }),
  );
  expect([" 1e3 ", "+.5", "7.", "-inf"].map(numberOf)).toEqual([1000, 0.5, 7, Number.NEGATIVE_INFINITY]);
  expect(["", "1,5", "0x10", "1 2", "one", "--1", "1e"].map(numberOf)).toEqual(Array(7).fill(undefined));
});

test("dates are days since 1970, whatever the zone of the machine", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }), (date) => {
      expect(dateOf(date.toISOString())).toBeCloseTo(date.getTime() / 86_400_000, 6);
    }),
  );
  const day = (text: string) => dateOf(text);
  expect(day("1970-01-02")).toBe(1);
  expect(day("2000/01/01 12:00")).toBe(10957.5);
  expect(day("Jan 1 2000")).toBe(10957);
  expect(day("1 January 2000")).toBe(10957);
  expect(day("2000-01-01T02:00:00+02:00")).toBe(10957);
  expect(["2000-13-01", "01/02/2000", "Foo 1 2000", "20000101", "x"].map(day)).toEqual(
    Array(5).fill(undefined),
  );
});

test("moments agree with the two-pass formula", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
      const moments = new Moments();
      for (const value of values) moments.add(value);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      expect(moments.mean).toBeCloseTo(mean, 6);
      if (std > 0) expect(moments.std / std).toBeCloseTo(1, 6);
      else expect(moments.std).toBe(1);
    }),
  );
});
