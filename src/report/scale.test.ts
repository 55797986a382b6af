import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  costScale,
  errorScale,
  linearScale,
  logScale,
  logTicks,
  niceStep,
  niceTicks,
  scoreScale,
} from "./scale.js";

describe("ticks", () => {
  it("are round numbers within the range", () => {
    expect(niceTicks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(niceTicks(0.13, 0.42, 3)).toEqual([0.2, 0.3, 0.4]);
    expect(niceStep(1000, 5)).toBe(200);
    expect(logTicks(900, 120_000)).toEqual([1000, 3000, 10_000, 30_000, 100_000]);
  });

  it("stay few and within bounds for any range", () => {
    const number = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(number, number, fc.integer({ min: 2, max: 9 }), (a, b, target) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const ticks = niceTicks(low, high, target);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThanOrEqual(2 * target + 3);
        const slack = Math.max(1, Math.abs(low), Math.abs(high)) * 1e-9;
        for (const t of ticks) {
          expect(t).toBeGreaterThanOrEqual(low - slack);
          expect(t).toBeLessThanOrEqual(high + slack);
        }
      }),
    );
  });
});

describe("scales", () => {
  it("map the domain to the range, and what lies outside to its border", () => {
    const s = linearScale(0, 10, [100, 200]);
    expect([s(0), s(5), s(10), s(-3), s(99), s(Number.NaN)]).toEqual([100, 150, 200, 100, 200, 100]);
    const log = logScale(1, 100, [0, 100]);
    expect(log(10)).toBeCloseTo(50);
  });

  it("are logarithmic only where the costs ask for it", () => {
    expect(costScale([1000, 2000], [0, 1]).kind).toBe("linear");
    expect(costScale([1000, 20_000], [0, 1]).kind).toBe("log");
    expect(costScale([0, 20_000], [0, 1]).kind).toBe("linear");
    expect(costScale([], [0, 1]).kind).toBe("linear");
  });

  it("give the same room to halves of the error", () => {
    const s = errorScale(0.8, 0.99, [0, 100]);
    expect(s(0.95) - s(0.9)).toBeCloseTo(s(0.975) - s(0.95), 6);
    expect(s.ticks.every((t) => t >= 0.8 && t <= 0.99)).toBe(true);
    expect(scoreScale([0.1, 0.98], "accuracy", [0, 1]).kind).toBe("error");
    expect(scoreScale([0.5, 0.7], "accuracy", [0, 1]).kind).toBe("linear");
  });

  it("cut far-out R² values instead of flattening the rest", () => {
    const s = scoreScale([-1e9, 0.7, 0.71, 0.74, 0.75, 0.76, 0.8, 0.82], "r2", [0, 100]);
    expect(s.domain[0]).toBeGreaterThan(0);
    expect(s(-1e9)).toBe(0);
  });

  it("never leave the range, whatever the numbers", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double(), { maxLength: 30 }),
        fc.constantFrom("accuracy" as const, "r2" as const),
        fc.double(),
        (values, metric, x) => {
          for (const s of [scoreScale(values, metric, [10, 90]), costScale(values, [10, 90])]) {
            expect(s(x)).toBeGreaterThanOrEqual(10 - 1e-9);
            expect(s(x)).toBeLessThanOrEqual(90 + 1e-9);
            expect(s.ticks.length).toBeLessThan(40);
          }
        },
      ),
    );
  });
});
