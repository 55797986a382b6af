import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byRankAndCrowding, crowdingOf, dominates, frontsOf } from "./non-dominated.js";

const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), {
  maxLength: 25,
});

describe("non-dominated sorting", () => {
  it("says who is better everywhere", () => {
    expect(dominates([2, 2], [1, 2])).toBe(true);
    expect(dominates([1, 2], [1, 2])).toBe(false);
    expect(dominates([2, 1], [1, 2])).toBe(false);
  });

  it("puts each point into the front behind those that dominate it", () => {
    fc.assert(
      fc.property(points, (all) => {
        const fronts = frontsOf(all);
        expect(fronts.flat().sort((a, b) => a - b)).toEqual(all.map((_, i) => i));
        const frontOf = new Map(fronts.flatMap((front, f) => front.map((i) => [i, f] as const)));
        all.forEach((point, i) => {
          // By definition: one more than the worst front of those that dominate it.
          const above = all.flatMap((other, j) => (dominates(other, point) ? [frontOf.get(j) ?? 0] : []));
          expect(frontOf.get(i)).toBe(above.length === 0 ? 0 : Math.max(...above) + 1);
        });
      }),
    );
  });

  it("measures room between neighbours, the ends having most", () => {
    expect(
      crowdingOf([
        [0, 4],
        [1, 2],
        [4, 0],
      ]),
    ).toEqual([Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY]);
    expect(crowdingOf([[1, 1]])).toEqual([Number.POSITIVE_INFINITY]);
    // Equal points have no room between them, and no division by a span of 0.
    expect(
      crowdingOf([
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
    ).toEqual([Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY]);
  });

  it("orders by front, then room, then age", () => {
    expect(
      byRankAndCrowding([
        [0, 0],
        [0, 4],
        [1, 3],
        [1.2, 2.8],
        [4, 0],
      ]),
    ).toEqual([1, 4, 3, 2, 0]);
  });
});
