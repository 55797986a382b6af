import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  constant,
  cosine,
  cosineRestarts,
  exponential,
  inverseSquareRoot,
  multiStep,
  oneCycle,
  polynomial,
  SCHEDULE_NAMES,
  type Schedule,
  scheduleByName,
  sequence,
  stepDecay,
  warmup,
} from "./index.js";

const rates = (schedule: Schedule, total: number) =>
  Array.from({ length: total }, (_, step) => schedule(step, total));

describe("schedules, by hand", () => {
  it.each([
    ["step", stepDecay(1, 2, 0.5), [1, 1, 0.5, 0.5, 0.25, 0.25]],
    ["multi-step", multiStep(1, [1, 4], 0.1), [1, 0.1, 0.1, 0.1, 0.01, 0.01]],
    ["multi-step by shares", multiStep(1, [0.5], 0.1), [1, 1, 1, 0.1, 0.1, 0.1]],
    ["exponential", exponential(2, 0.5), [2, 1, 0.5, 0.25, 0.125, 0.0625]],
    ["polynomial", polynomial(1, 2, 0), [1, 25 / 36, 16 / 36, 9 / 36, 4 / 36, 1 / 36]],
    ["linear", polynomial(1, 1, 0.4), [1, 0.9, 0.8, 0.7, 0.6, 0.5]],
    [
      "inverse square root",
      inverseSquareRoot(1, 2),
      [0.5, 1, Math.sqrt(2 / 3), Math.SQRT1_2, Math.sqrt(0.4), Math.sqrt(1 / 3)],
    ],
    ["restarts", cosineRestarts(1, 2, 2), [1, 0.5, 1, 0.5 + Math.SQRT1_2 / 2, 0.5, 0.5 - Math.SQRT1_2 / 2]],
    ["warm-up", warmup(2, constant(3)), [1, 2, 3, 3, 3, 3]],
    [
      "sequence",
      sequence([{ steps: 2, schedule: constant(5) }], cosine(1)),
      [5, 5, 1, 0.5 + Math.SQRT1_2 / 2, 0.5, 0.5 - Math.SQRT1_2 / 2],
    ],
  ] as const)("%s", (_, schedule, expected) => {
    rates(schedule, 6).forEach((rate, i) => {
      expect(rate).toBeCloseTo(expected[i] ?? 0, 12);
    });
  });

  it("one cycle begins low, is at its peak after the rise, and ends lowest", () => {
    const all = rates(oneCycle(1, 0.3), 100);
    expect(all[0]).toBeCloseTo(1 / 25, 12);
    expect(all[29]).toBeCloseTo(1, 12);
    expect(all[99]).toBeCloseTo(1 / 25 / 1e4, 12);
    expect(Math.max(...all)).toBeLessThanOrEqual(1);
  });

  it("refuses what cannot be", () => {
    expect(() => stepDecay(1, 0)).toThrow(/schedule_option at stepDecay.every/);
    expect(() => cosineRestarts(1, 2, 0.5)).toThrow(/growth/);
    expect(() => oneCycle(1, 1)).toThrow(/rise/);
    expect(() => exponential(1, -1)).toThrow(/gamma/);
    expect(() =>
      scheduleByName("cosin", { rate: 1, warmupSteps: 0, stepsPerEpoch: 1, totalSteps: 1 }),
    ).toThrow(/unknown_schedule.*Did you mean cosine/);
  });
});

it("schedules by name are finite, not negative and never above the rate, whatever the lengths", () => {
  const cases = fc.record({
    epochs: fc.integer({ min: 1, max: 8 }),
    stepsPerEpoch: fc.integer({ min: 1, max: 40 }),
    warmupSteps: fc.nat(30),
  });
  fc.assert(
    fc.property(cases, fc.constantFrom(...SCHEDULE_NAMES), ({ epochs, stepsPerEpoch, warmupSteps }, name) => {
      const totalSteps = epochs * stepsPerEpoch;
      const schedule = scheduleByName(name, { rate: 0.1, warmupSteps, stepsPerEpoch, totalSteps });
      for (const rate of rates(schedule, totalSteps)) {
        expect(Number.isFinite(rate) && rate >= 0).toBe(true);
        expect(rate).toBeLessThanOrEqual(0.1 + 1e-12);
      }
    }),
    { numRuns: 60 },
  );
});
