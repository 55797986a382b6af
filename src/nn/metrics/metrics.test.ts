import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "../../ir/index.js";
import { Builder, type RefTensor, ref } from "../../ops/index.js";
import { interpret } from "../../runtime/index.js";
import {
  accuracy,
  accuracyOf,
  atPlaces,
  averagePrecision,
  balancedAccuracy,
  brierScore,
  calibrationError,
  classOverlaps,
  classScores,
  confusionCounts,
  confusionMatrix,
  explainedVarianceOf,
  kendallTau,
  meanAveragePrecision,
  meanReciprocalRank,
  normalizedGain,
  overlapOf,
  pearson,
  perplexity,
  rankedPrecision,
  ranksOf,
  regressionScores,
  rocAuc,
  rootMeanSquaredErrorOf,
  spearman,
  topKAccuracy,
  topKCorrectCount,
} from "../index.js";

const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 30 });
const pairs = numbers.chain((a) =>
  fc.tuple(
    fc.constant(a),
    fc.array(fc.integer({ min: -20, max: 20 }), { minLength: a.length, maxLength: a.length }),
  ),
);

describe("rank correlations", () => {
  it("ranks share their mean where values are equal", () => {
    expect(Array.from(ranksOf([10, 20, 20, 5]))).toEqual([2, 3.5, 3.5, 1]);
  });

  it("by hand", () => {
    // Differences of ranks 0, 1, −1, 0: 1 − 6·2/(4·15).
    expect(spearman([1, 2, 3, 4], [1, 3, 2, 9])).toBeCloseTo(0.8, 12);
    // Five pairs of six agree.
    expect(kendallTau([1, 2, 3, 4], [1, 3, 2, 9])).toBeCloseTo(4 / 6, 12);
    // One tie in a: (5 − 0)/√(5·6).
    expect(kendallTau([1, 1, 2, 3], [1, 2, 3, 4])).toBeCloseTo(5 / Math.sqrt(30), 12);
    expect(pearson([1, 2, 3], [2, 4, 7])).toBeCloseTo(5 / Math.sqrt(2 * (38 / 3)), 12);
  });

  it("Kendall's τ equals the count over all pairs", () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        let [concordant, discordant, tiedA, tiedB] = [0, 0, 0, 0];
        for (let i = 0; i < a.length; i++) {
          for (let j = 0; j < i; j++) {
            const [x, y] = [Math.sign((a[i] ?? 0) - (a[j] ?? 0)), Math.sign((b[i] ?? 0) - (b[j] ?? 0))];
            if (x === 0) tiedA++;
            if (y === 0) tiedB++;
            if (x * y > 0) concordant++;
            if (x * y < 0) discordant++;
          }
        }
        const all = (a.length * (a.length - 1)) / 2;
        const expected = (concordant - discordant) / Math.sqrt((all - tiedA) * (all - tiedB));
        const found = kendallTau(a, b);
        if (Number.isFinite(expected)) expect(found).toBeCloseTo(expected, 12);
        else expect(found).toBeNaN();
      }),
    );
  });

  it("do not see monotone changes, and turn their sign when one list is turned", () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        for (const measure of [spearman, kendallTau]) {
          const found = measure(a, b);
          if (Number.isNaN(found)) continue;
          expect(
            measure(
              a.map((x) => Math.exp(x / 10)),
              b,
            ),
          ).toBeCloseTo(found, 12);
          expect(
            measure(
              a.map((x) => -x),
              b,
            ),
          ).toBeCloseTo(-found, 12);
          expect(measure(b, a)).toBeCloseTo(found, 12);
        }
      }),
    );
  });

  it("of lists that do not fit or do not vary", () => {
    expect(() => spearman([1, 2], [1])).toThrow(/metric_length/);
    expect(() => kendallTau([1], [1])).toThrow(/metric_empty/);
    expect(() => pearson([1, Number.NaN], [1, 2])).toThrow(/metric_nan/);
    expect(spearman([1, 1], [1, 2])).toBeNaN();
  });
});

describe("classification", () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const predicted = [0, 0, 1, 1, 0, 0];
  const confusion = confusionMatrix(predicted, labels, 3);

  it("confusion, accuracies, precision, recall, F1 and overlaps by hand", () => {
    expect(confusion).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [1, 0, 0],
    ]);
    expect(accuracy(predicted, labels)).toBe(0.5);
    expect(balancedAccuracy(confusion)).toBeCloseTo((2 / 3 + 1 / 2 + 0) / 3, 12);
    const macro = classScores(confusion);
    expect(macro.precision).toBeCloseTo((2 / 4 + 1 / 2 + 0) / 3, 12);
    expect(macro.recall).toBeCloseTo((2 / 3 + 1 / 2 + 0) / 3, 12);
    expect(macro.f1).toBeCloseTo((4 / 7 + 2 / 4 + 0) / 3, 12);
    expect(classOverlaps(confusion)).toEqual([2 / 5, 1 / 3, 0]);
    expect(() => confusionMatrix([3], [0], 3)).toThrow(/metric_class/);
  });

  it("micro averages of single-label classes are the accuracy", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1 }), (rows) => {
        const [p, t] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const { precision, recall, f1 } = classScores(confusionMatrix(p, t, 4), "micro");
        for (const score of [precision, recall, f1]) expect(score).toBeCloseTo(accuracy(p, t), 12);
      }),
    );
  });

  it("top-k: of equal scores the first class comes first", () => {
    const scores = [
      [3, 2, 1],
      [1, 1, 1],
      [0, 5, 4],
    ];
    expect(topKAccuracy(scores, [1, 1, 0], 1)).toBe(0);
    expect(topKAccuracy(scores, [1, 1, 0], 2)).toBeCloseTo(2 / 3, 12);
    expect(topKAccuracy(scores, [1, 1, 0], 3)).toBe(1);
  });
});

describe("areas", () => {
  it("ROC by hand: five of six pairs in order, one tied", () => {
    expect(rocAuc([0.9, 0.4, 0.4, 0.1, 0.2], [1, 1, 0, 0, 0])).toBeCloseTo(5.5 / 6, 12);
    expect(rocAuc([1, 2], [1, 1])).toBeNaN();
  });

  it("ROC equals the count over all pairs, and turns over with the scores", () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.nat(1)), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(rows, (list) => {
        const [scores, labels] = [list.map(([s]) => s), list.map(([, t]) => t)];
        let [won, all] = [0, 0];
        for (const [s, t] of list) {
          for (const [r, u] of list) {
            if (t !== 1 || u !== 0) continue;
            all++;
            won += s > r ? 1 : s === r ? 0.5 : 0;
          }
        }
        if (all === 0) {
          expect(rocAuc(scores, labels)).toBeNaN();
          return;
        }
        expect(rocAuc(scores, labels)).toBeCloseTo(won / all, 12);
        expect(
          rocAuc(
            scores.map((s) => -s),
            labels,
          ),
        ).toBeCloseTo(1 - won / all, 12);
      }),
    );
  });

  it("average precision by hand", () => {
    // Hits at places 1 and 3: (1 + 2/3)/2.
    expect(averagePrecision([4, 3, 2, 1], [1, 0, 1, 0])).toBeCloseTo((1 + 2 / 3) / 2, 12);
    // All scores equal: the precision of everything.
    expect(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0])).toBeCloseTo(0.25, 12);
  });
});

describe("regression, calibration", () => {
  it("by hand", () => {
    const scores = regressionScores([1, 2, 5], [1, 4, 4]);
    expect(scores.mse).toBeCloseTo(5 / 3, 12);
    expect(scores.rmse).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect(scores.mae).toBeCloseTo(1, 12);
    expect(scores.r2).toBeCloseTo(1 - 5 / 6, 12);
    expect(brierScore([0.8, 0.3], [1, 0])).toBeCloseTo((0.04 + 0.09) / 2, 12);
    expect(perplexity(Math.log(7))).toBeCloseTo(7, 12);
    // Two bins: 0.9 and 0.8 with one right; 0.4 right.
    expect(calibrationError([0.9, 0.8, 0.4], [1, 0, 1], 2)).toBeCloseTo((0.7 + 0.6) / 3, 12);
    expect(calibrationError([1, 1, 0.5, 0.5], [1, 1, 1, 0], 2)).toBe(0);
  });
});

describe("ranked lists", () => {
  it("by hand", () => {
    expect(meanReciprocalRank([[0, 0, 1], [1], [0]])).toBeCloseTo((1 / 3 + 1 + 0) / 3, 12);
    expect(rankedPrecision([1, 0, 1, 0, 1])).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 12);
    expect(rankedPrecision([1, 0], 2)).toBeCloseTo(0.5, 12);
    expect(
      meanAveragePrecision([
        [1, 0],
        [0, 1],
      ]),
    ).toBeCloseTo(0.75, 12);
    const gain = 7 + 3 / Math.log2(3) + 0 + 1 / Math.log2(5);
    expect(normalizedGain([3, 2, 0, 1])).toBeCloseTo(gain / (7 + 3 / Math.log2(3) + 1 / 2), 12);
    expect(normalizedGain([0, 3], 1)).toBe(0);
    expect(atPlaces([1, 0, 1, 1], 2)).toEqual({ precision: 0.5, recall: 1 / 3 });
  });

  it("NDCG is 1 for the best order only", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 12 }), (relevance) => {
        const best = [...relevance].sort((a, b) => b - a);
        if (best[0] === 0) {
          expect(normalizedGain(best)).toBe(0);
          return;
        }
        expect(normalizedGain(best)).toBeCloseTo(1, 12);
        const found = normalizedGain(relevance);
        if (relevance.join() !== best.join()) expect(found).toBeLessThan(1);
        expect(found).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("as operators", () => {
  function run(
    inputs: Readonly<Record<string, RefTensor>>,
    body: (g: Builder, x: Readonly<Record<string, Value>>) => Value,
  ): number[] {
    const g = new Builder("metric");
    const values = Object.fromEntries(
      Object.entries(inputs).map(([name, t]) => [name, g.input(name, t.dtype, t.dims)]),
    );
    const out = body(g, values);
    return Array.from(interpret(g.finish([out]), inputs)[out.name]?.data ?? []);
  }
  const need = (v: Value | undefined): Value => {
    if (v === undefined) throw new Error("no input");
    return v;
  };

  it("say what the plain functions say", () => {
    const rows = [
      [3, 2, 1],
      [1, 5, 1],
      [0, 5, 4],
      [2, 1, 9],
    ];
    const labels = [1, 1, 0, 2];
    const inputs = {
      x: ref("float32", [4, 3], Float64Array.from(rows.flat())),
      t: ref("int64", [4], Float64Array.from(labels)),
    };
    const predicted = rows.map((row) => row.indexOf(Math.max(...row)));
    expect(run(inputs, (g, { x, t }) => accuracyOf(g, need(x), need(t)))).toEqual([
      accuracy(predicted, labels),
    ]);
    expect(run(inputs, (g, { x, t }) => topKCorrectCount(g, need(x), need(t), 2))).toEqual([
      4 * topKAccuracy(rows, labels, 2),
    ]);
    expect(run(inputs, (g, { x, t }) => confusionCounts(g, need(x), need(t)))).toEqual(
      confusionMatrix(predicted, labels, 3).flat(),
    );
  });

  it("regression and overlap", () => {
    const inputs = {
      y: ref("float32", [3], Float64Array.of(1, 2, 5)),
      t: ref("float32", [3], Float64Array.of(1, 4, 4)),
    };
    const scores = regressionScores([1, 2, 5], [1, 4, 4]);
    expect(run(inputs, (g, { y, t }) => rootMeanSquaredErrorOf(g, need(y), need(t)))[0]).toBeCloseTo(
      scores.rmse,
      9,
    );
    expect(run(inputs, (g, { y, t }) => explainedVarianceOf(g, need(y), need(t)))[0]).toBeCloseTo(
      scores.r2,
      9,
    );
    const masks = {
      p: ref("bool", [2, 4], Float64Array.of(1, 1, 0, 0, 0, 0, 0, 0)),
      t: ref("bool", [2, 4], Float64Array.of(1, 0, 1, 0, 0, 0, 0, 0)),
    };
    expect(run(masks, (g, { p, t }) => overlapOf(g, need(p), need(t)))).toEqual([1 / 3, 1]);
  });
});
