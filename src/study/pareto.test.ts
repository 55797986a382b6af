import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dominates, paretoFront } from "./pareto.js";

/** Few values and a width that varies from run to run: many ties and many equal points. */
const points = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc
    .array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: width, maxLength: width }), {
      maxLength: 40,
    })
    .map((all) => all.map((objectives, trial) => ({ trial, objectives }))),
);

describe("paretoFront", () => {
  it("is what comparing every pair finds; of equal points the first", () => {
    fc.assert(
      fc.property(points, (all) => {
        const brute = all.filter(
          (a) => !all.some((b) => b.objectives.every((y, i) => y <= (a.objectives[i] ?? 0)) && before(b, a)),
        );
        expect(paretoFront(all)).toEqual(brute.map(({ trial }) => trial));
      }),
      { numRuns: 500 },
    );
  });

  it("holds the best of each single objective", () => {
    fc.assert(
      fc.property(points, (all) => {
        const front = new Set(paretoFront(all));
        const least = Math.min(...all.map(({ objectives }) => objectives[0] ?? 0));
        const leaders = all.filter(({ objectives }) => objectives[0] === least);
        expect(all.length === 0 || leaders.some(({ trial }) => front.has(trial))).toBe(true);
      }),
    );
  });

  it("does not depend on the order of different points", () => {
    const all = [
      { trial: 4, objectives: [1, 5] },
      { trial: 0, objectives: [3, 3] },
      { trial: 2, objectives: [5, 1] },
      { trial: 1, objectives: [4, 4] },
      { trial: 9, objectives: [3, 2.9] },
    ];
    expect(paretoFront(all)).toEqual([2, 4, 9]);
    expect(paretoFront([...all].reverse())).toEqual([2, 4, 9]);
  });

  it("of nothing is nothing", () => {
    expect(paretoFront([])).toEqual([]);
  });
});

/** `b` beats `a`: somewhere better, or equal and first. */
function before(
  b: { trial: number; objectives: number[] },
  a: { trial: number; objectives: number[] },
): boolean {
  const better = b.objectives.some((y, i) => y < (a.objectives[i] ?? 0));
  return better || b.trial < a.trial;
}

describe("dominates", () => {
  it("is a strict order", () => {
    const vector = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        expect(dominates(a, a)).toBe(false);
        expect(dominates(a, b) && dominates(b, a)).toBe(false);
        if (dominates(a, b) && dominates(b, c)) expect(dominates(a, c)).toBe(true);
      }),
    );
  });
});
