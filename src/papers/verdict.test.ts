import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Condition, describeCondition, judge, spread, studentQuantile } from "./verdict.js";

const above: Condition = { kind: "above", more: "a", less: "b", by: 1 };
const verdict = (rule: Condition, a: number[], b: number[] = []) => judge([rule], { a, b }).verdict;

describe("judge", () => {
  it("holds for a clear gap, fails for none, and is open where seeds do not decide", () => {
    expect(verdict(above, [5, 5.1, 4.9], [3, 3.1, 2.9])).toBe("holds");
    expect(verdict(above, [3, 3.1, 2.9], [3, 3, 3])).toBe("fails");
    expect(verdict(above, [9, 1, 5], [3, 3, 3])).toBe("inconclusive");
    expect(verdict(above, [5], [3])).toBe("inconclusive");
    expect(verdict(above, [], [])).toBe("inconclusive");
    expect(verdict(above, [5, 5], [3])).toBe("inconclusive");
  });

  it("counts wins, and leaves few seeds open", () => {
    const wins: Condition = { kind: "wins", more: "a", less: "b", share: 0.9 };
    expect(verdict(wins, [2, 2, 2], [1, 1, 1])).toBe("holds");
    expect(verdict(wins, [2, 2], [1, 1])).toBe("inconclusive");
    expect(verdict(wins, [0, 2, 2], [1, 1, 1])).toBe("inconclusive");
    expect(verdict(wins, new Array<number>(20).fill(0), new Array<number>(20).fill(1))).toBe("fails");
  });

  it("checks exact numbers in every seed", () => {
    const equals: Condition = { kind: "equals", name: "a", value: 3, tolerance: 0 };
    expect(verdict(equals, [3, 3])).toBe("holds");
    expect(verdict(equals, [3, 4])).toBe("fails");
    expect(verdict({ kind: "at-most", name: "a", value: 3 }, [2, 3])).toBe("holds");
    expect(verdict({ kind: "at-most", name: "missing", value: 3 }, [2])).toBe("inconclusive");
  });

  it("lets one failing condition decide, then an open one", () => {
    const measured = { a: [5, 5.1, 4.9], b: [3, 3.1, 2.9], c: [9, 1, 5] };
    const open: Condition = { kind: "above", more: "c", less: "b", by: 1 };
    const wrong: Condition = { kind: "at-most", name: "a", value: 0 };
    expect(judge([above, open], measured).verdict).toBe("inconclusive");
    expect(judge([above, open, wrong], measured).verdict).toBe("fails");
    expect(judge([above], measured).judgements[0]?.found).toMatch(/^difference 2, 95 % interval/);
    expect(describeCondition(open)).toContain("c is above b by 1");
  });

  it("does not hold and fail of the same numbers turned round", () => {
    const number = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 2, maxLength: 12 }), (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const both = [verdict(above, a, b), verdict(above, b, a)];
        expect(both.filter((it) => it === "holds").length).toBeLessThan(2);
      }),
    );
  });
});

describe("spread", () => {
  it("knows Student's interval", () => {
    const { mean, std, low, high } = spread([1, 2, 3]);
    expect([mean, std]).toEqual([2, 1]);
    expect(high - low).toBeCloseTo((2 * 4.303) / Math.sqrt(3), 3);
    expect(studentQuantile(60)).toBeCloseTo(2.0003, 3);
  });
});
