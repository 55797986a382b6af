import fc from "fast-check";
import { expect, it } from "vitest";
import { constant, warmupCosine } from "./schedules.js";

it("constant stays", () => {
  expect([0, 5, 99].map((step) => constant(0.3)(step, 100))).toEqual([0.3, 0.3, 0.3]);
});

it("warms up in equal steps that do not begin at zero, then falls by half a cosine", () => {
  const schedule = warmupCosine(1, 4, 0.2);
  const rates = Array.from({ length: 12 }, (_, step) => schedule(step, 12));
  expect(rates.slice(0, 4)).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(rates[4]).toBe(1);
  expect(rates[8]).toBeCloseTo(0.6, 12);
  expect(rates[11]).toBeCloseTo(0.2 + 0.8 * 0.5 * (1 + Math.cos((Math.PI * 7) / 8)), 12);
  expect(schedule(12, 12)).toBeCloseTo(0.2, 12);
});

it("is positive, at most the peak, and never rises after the warm-up", () => {
  const cases = fc.record({ warmup: fc.nat(50), total: fc.integer({ min: 1, max: 300 }) });
  fc.assert(
    fc.property(cases, ({ warmup, total }) => {
      const schedule = warmupCosine(0.1, warmup);
      const rates = Array.from({ length: total }, (_, step) => schedule(step, total));
      expect(Math.max(...rates)).toBeLessThanOrEqual(0.1);
      expect(Math.min(...rates)).toBeGreaterThan(0);
      rates.slice(warmup + 1).forEach((rate, i) => {
        expect(rate).toBeLessThanOrEqual(rates[warmup + i] ?? 0);
      });
    }),
  );
});
