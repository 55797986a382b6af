import { expect, it } from "vitest";
import { erf } from "./special.js";

it("meets tabulated values of the error function (Abramowitz & Stegun, table 7.1)", () => {
  const table: readonly [number, number][] = [
    [0, 0],
    [0.1, 0.112462916018285],
    [0.5, 0.520499877813047],
    [1, 0.842700792949715],
    [1.5, 0.966105146475311],
    [2, 0.995322265018953],
    [3, 0.999977909503001],
  ];
  for (const [x, y] of table) {
    expect(Math.abs(erf(x) - y)).toBeLessThan(1e-14);
    expect(erf(-x)).toBeCloseTo(-y, 14);
  }
  expect(erf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(erf(Number.NaN)).toBeNaN();
});

it("has no step where series and fraction meet", () => {
  const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-(2.5 ** 2));
  expect(Math.abs(erf(2.5 + 1e-9) - erf(2.5) - slope * 1e-9)).toBeLessThan(1e-15);
});
