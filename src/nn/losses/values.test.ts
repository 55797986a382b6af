/** Each loss at numbers that were worked out by hand. */
import { describe, expect, it } from "vitest";
import type { Value } from "../../ir/index.js";
import { Builder, type RefTensor, ref } from "../../ops/index.js";
import { interpret } from "../../runtime/index.js";
import {
  barlowTwins,
  binaryCrossEntropy,
  contrastivePairLoss,
  cosineEmbeddingLoss,
  crossEntropy,
  diceLoss,
  distillationLoss,
  entropyOf,
  focalLoss,
  gaussianKl,
  gaussianNll,
  hingeLoss,
  huberLoss,
  infoNce,
  jensenShannon,
  klDivergence,
  logCoshLoss,
  marginRankingLoss,
  meanAbsoluteError,
  meanSquaredError,
  mixtureDensityNll,
  multiclassHingeLoss,
  ntXent,
  poissonNll,
  quantileLoss,
  smoothL1Loss,
  softCrossEntropy,
  supervisedContrastive,
  tripletLoss,
  vicReg,
} from "../index.js";

type Nested = number | readonly Nested[];

function dimsOf(x: Nested): number[] {
  return typeof x === "number" ? [] : [x.length, ...dimsOf(x[0] ?? 0)];
}

/** Value of a loss at given inputs; those whose names begin with "i" are integers. */
function lossOf<K extends string>(
  inputs: Readonly<Record<K, Nested>>,
  loss: (g: Builder, inputs: Readonly<Record<K, Value>>) => Value,
): number[] {
  const g = new Builder("loss");
  const feeds: Record<string, RefTensor> = {};
  const values = {} as Record<K, Value>;
  for (const name of Object.keys(inputs) as K[]) {
    const dtype = name.startsWith("i") ? "int64" : "float32";
    const dims = dimsOf(inputs[name]);
    const flat = [inputs[name]].flat(9) as number[];
    feeds[name] = ref(dtype, dims, Float64Array.from(flat));
    values[name] = g.input(name, dtype, dims);
  }
  const out = loss(g, values);
  return Array.from(interpret(g.finish([out]), feeds)[out.name]?.data ?? []);
}

const one = (found: readonly number[], expected: number) => {
  expect(found.length).toBe(1);
  expect(found[0]).toBeCloseTo(expected, 6);
};
const { log, exp, sqrt, LN2, PI, cosh } = Math;

describe("classification", () => {
  const x = [
    [0, log(3)],
    [0, 0],
  ];

  it("cross-entropy: probabilities 1/4, 3/4 and 1/2, 1/2", () => {
    one(
      lossOf({ x, it: [1, 0] }, (g, { x, it: t }) => crossEntropy(g, x, t)),
      (log(4 / 3) + LN2) / 2,
    );
    expect(
      lossOf({ x, it: [0, 1] }, (g, { x, it: t }) => crossEntropy(g, x, t, { reduction: "none" }))[0],
    ).toBeCloseTo(log(4), 6);
    one(
      lossOf({ x, it: [1, 0] }, (g, { x, it: t }) => crossEntropy(g, x, t, { reduction: "sum" })),
      log(4 / 3) + LN2,
    );
  });

  it("class weights: the mean is weighted too", () => {
    one(
      lossOf({ x, it: [1, 0] }, (g, { x, it: t }) => crossEntropy(g, x, t, { classWeights: [3, 1] })),
      (log(4 / 3) + 3 * LN2) / 4,
    );
  });

  it("what is ignored does not count, nor change the mean; nothing at all is 0", () => {
    one(
      lossOf({ x, it: [1, -100] }, (g, { x, it: t }) => crossEntropy(g, x, t, { ignoreIndex: -100 })),
      log(4 / 3),
    );
    one(
      lossOf({ x, it: [9, 9] }, (g, { x, it: t }) => crossEntropy(g, x, t, { ignoreIndex: 9 })),
      0,
    );
    expect(() =>
      lossOf({ x, it: [1, 0] }, (g, { x, it: t }) => crossEntropy(g, x, t, { classWeights: [1] })),
    ).toThrow(/loss_class_weights/);
  });

  it("soft targets", () => {
    const t = [
      [0.5, 0.5],
      [1, 0],
    ];
    one(
      lossOf({ x, t }, (g, { x, t }) => softCrossEntropy(g, x, t)),
      ((log(4) + log(4 / 3)) / 2 + LN2) / 2,
    );
  });

  it("binary cross-entropy, weighted and not, and at logits without end", () => {
    one(
      lossOf({ x: [log(3), 0], it: [1, 0] }, (g, { x, it: t }) => binaryCrossEntropy(g, x, t)),
      (log(4 / 3) + LN2) / 2,
    );
    one(
      lossOf({ x: [log(3), 0], it: [1, 0] }, (g, { x, it: t }) =>
        binaryCrossEntropy(g, x, t, { positiveWeight: 5 }),
      ),
      (5 * log(4 / 3) + LN2) / 2,
    );
    one(
      lossOf({ x: [1000, -1000], it: [0, 1] }, (g, { x, it: t }) => binaryCrossEntropy(g, x, t)),
      1000,
    );
  });

  it("focal loss: (1/4)² · ln(4/3)/4 for a positive of probability 3/4; γ = 0 without weights is cross-entropy", () => {
    one(
      lossOf({ x: [log(3)], it: [1] }, (g, { x, it: t }) => focalLoss(g, x, t)),
      (1 / 16) * log(4 / 3) * 0.25,
    );
    one(
      lossOf({ x: [log(3)], it: [0] }, (g, { x, it: t }) => focalLoss(g, x, t)),
      (9 / 16) * log(4) * 0.75,
    );
    one(
      lossOf({ x: [log(3), 0], it: [1, 0] }, (g, { x, it: t }) =>
        focalLoss(g, x, t, { focus: 0, alpha: null }),
      ),
      (log(4 / 3) + LN2) / 2,
    );
  });

  it("hinges", () => {
    one(
      lossOf({ x: [0.25, 2, -0.5], it: [1, 1, 1] }, (g, { x, it: t }) => hingeLoss(g, x, t)),
      (0.75 + 0 + 1.5) / 3,
    );
    one(
      lossOf({ x: [0.25, 2], it: [0, 1] }, (g, { x, it: t }) => hingeLoss(g, x, t, { squared: true })),
      1.25 ** 2 / 2,
    );
    const s = [
      [1, 3, 2.5],
      [5, 0, 1],
    ];
    one(
      lossOf({ s, it: [1, 0] }, (g, { s, it: t }) => multiclassHingeLoss(g, s, t)),
      (0.5 + 0) / 2,
    );
  });

  it("dice: two of three right", () => {
    one(
      lossOf({ p: [[1, 1, 0]], it: [[1, 0, 0]] }, (g, { p, it: t }) => diceLoss(g, p, t)),
      1 - (2 + 1) / (2 + 1 + 1),
    );
    one(
      lossOf({ p: [[0, 0]], it: [[0, 0]] }, (g, { p, it: t }) => diceLoss(g, p, t)),
      0,
    );
  });
});

describe("regression", () => {
  const y = [1, 0, 5];
  const t = [1.5, 0, 2];

  it("squares, absolute values, Huber", () => {
    one(
      lossOf({ y, t }, (g, { y, t }) => meanSquaredError(g, y, t)),
      (0.25 + 9) / 3,
    );
    one(
      lossOf({ y, t }, (g, { y, t }) => meanAbsoluteError(g, y, t)),
      3.5 / 3,
    );
    one(
      lossOf({ y, t }, (g, { y, t }) => huberLoss(g, y, t)),
      (0.125 + 2.5) / 3,
    );
    one(
      lossOf({ y, t }, (g, { y, t }) => huberLoss(g, y, t, { delta: 2 })),
      (0.125 + 2 * (3 - 1)) / 3,
    );
    one(
      lossOf({ y, t }, (g, { y, t }) => smoothL1Loss(g, y, t, { beta: 2 })),
      (0.25 / 4 + (3 - 1)) / 3,
    );
    one(
      lossOf({ y, t }, (g, { y, t }) => logCoshLoss(g, y, t)),
      (log(cosh(0.5)) + log(cosh(3))) / 3,
    );
  });

  it("weights take part of the mean", () => {
    one(
      lossOf({ y, t, w: [1, 1, 0] }, (g, { y, t, w }) => meanSquaredError(g, y, t, { weights: w })),
      0.25 / 2,
    );
    one(
      lossOf({ y, t, w: [0, 0, 0] }, (g, { y, t, w }) => meanSquaredError(g, y, t, { weights: w })),
      0,
    );
  });

  it("quantiles: too low costs q, too high 1 − q", () => {
    one(
      lossOf({ y, t }, (g, { y, t }) => quantileLoss(g, y, t, { quantile: 0.9 })),
      (0.9 * 0.5 + 0.1 * 3) / 3,
    );
    expect(() => lossOf({ y, t }, (g, { y, t }) => quantileLoss(g, y, t, { quantile: 1 }))).toThrow(
      /loss_quantile/,
    );
  });

  it("normal distribution: variance 4, two away from the mean", () => {
    one(
      lossOf({ m: [0], v: [log(4)], t: [2] }, (g, { m, v, t }) => gaussianNll(g, m, v, t)),
      0.5 * (log(4) + 1 + log(2 * PI)),
    );
  });

  it("mixture of two normal distributions", () => {
    const density = (x: number, s: number) => exp(-0.5 * (x / s) ** 2) / (s * sqrt(2 * PI));
    one(
      lossOf(
        { logits: [[0, log(3)]], means: [[[0], [1]]], logs: [[[0], [log(4)]]], t: [[2]] },
        (g, { logits, means, logs, t }) => mixtureDensityNll(g, { logits, means, logVariances: logs }, t),
      ),
      -log(0.25 * density(2, 1) + 0.75 * density(1, 2)),
    );
  });

  it("Poisson: rate 2, count 3", () => {
    one(
      lossOf({ x: [LN2], t: [3] }, (g, { x, t }) => poissonNll(g, x, t)),
      2 - 3 * LN2,
    );
  });
});

describe("divergences", () => {
  const p = [[0, 0]];
  const q = [[0, log(3)]];

  it("Kullback-Leibler of (1/2, 1/2) and (1/4, 3/4), Jensen-Shannon, entropy", () => {
    one(
      lossOf({ p, q }, (g, { p, q }) => klDivergence(g, p, q)),
      0.5 * log(2) + 0.5 * log(2 / 3),
    );
    one(
      lossOf({ p, q: p }, (g, { p, q }) => klDivergence(g, p, q)),
      0,
    );
    const half = 0.5 * (0.5 * log(0.5 / 0.375) + 0.5 * log(0.5 / 0.625));
    one(
      lossOf({ p, q }, (g, { p, q }) => jensenShannon(g, p, q)),
      half + 0.5 * (0.25 * log(0.25 / 0.375) + 0.75 * log(0.75 / 0.625)),
    );
    one(
      lossOf({ a: [[0, 900]], b: [[900, 0]] }, (g, { a, b }) => jensenShannon(g, a, b)),
      LN2,
    );
    one(
      lossOf({ p }, (g, { p }) => entropyOf(g, p)),
      LN2,
    );
  });

  it("distillation at a temperature is T² times the divergence of cooled logits", () => {
    const warm = [[0, 2 * log(3)]];
    one(
      lossOf({ p, warm }, (g, { p, warm }) => distillationLoss(g, p, warm, { temperature: 2 })),
      4 * (0.25 * log(0.5) + 0.75 * log(1.5)),
    );
  });

  it("Gaussian to the standard one", () => {
    one(
      lossOf({ m: [[1, 0]], v: [[0, log(2)]] }, (g, { m, v }) => gaussianKl(g, m, v)),
      0.5 * (1 + (2 - LN2 - 1)),
    );
  });
});

describe("embeddings", () => {
  const a = [
    [3, 4],
    [1, 0],
  ];
  const b = [
    [4, 3],
    [0, 2],
  ];

  it("cosine, triplet, ranking, pairs", () => {
    one(
      lossOf({ a, b, it: [1, -1] }, (g, { a, b, it: t }) =>
        cosineEmbeddingLoss(g, a, b, t, { margin: -0.5 }),
      ),
      (1 - 24 / 25 + 0.5) / 2,
    );
    one(
      lossOf({ a: [[0, 0]], b: [[3, 4]], c: [[0, 2]] }, (g, { a, b, c }) => tripletLoss(g, a, b, c)),
      5 - 2 + 1,
    );
    one(
      lossOf({ a: [[0, 0]], b: [[0, 2]], c: [[3, 4]] }, (g, { a, b, c }) => tripletLoss(g, a, b, c)),
      0,
    );
    one(
      lossOf({ a: [1, 2], b: [2, 1], it: [1, 1] }, (g, { a, b, it: t }) =>
        marginRankingLoss(g, a, b, t, { margin: 0.5 }),
      ),
      1.5 / 2,
    );
    one(
      lossOf({ a, b, it: [1, 0] }, (g, { a, b, it: t }) => contrastivePairLoss(g, a, b, t, { margin: 3 })),
      (2 + (3 - sqrt(5)) ** 2) / 2,
    );
  });

  it("InfoNCE of two orthogonal pairs: e^(1/τ) against 1", () => {
    const eye = [
      [1, 0],
      [0, 1],
    ];
    one(
      lossOf({ a: eye, b: eye }, (g, { a, b }) => infoNce(g, a, b, { temperature: 0.5 })),
      log(1 + exp(-2)),
    );
    one(
      lossOf({ a: eye, b: eye }, (g, { a, b }) => infoNce(g, a, b, { temperature: 0.5, symmetric: true })),
      log(1 + exp(-2)),
    );
    // Each of the four rows has its view at cosine 1 and two others at 0.
    one(
      lossOf({ a: eye, b: eye }, (g, { a, b }) => ntXent(g, a, b, { temperature: 0.5 })),
      log(1 + 2 * exp(-2)),
    );
  });

  it("supervised contrastive: alone in its class does not count", () => {
    const x = [
      [1, 0],
      [1, 0],
      [0, 1],
    ];
    one(
      lossOf({ x, it: [4, 4, 7] }, (g, { x, it: t }) => supervisedContrastive(g, x, t, { temperature: 1 })),
      log(1 + exp(-1)),
    );
  });

  it("Barlow Twins: equal, uncorrelated views cost nothing; crossed ones cost both ways", () => {
    const x = [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ];
    expect(lossOf({ a: x, b: x }, (g, { a, b }) => barlowTwins(g, a, b))[0]).toBeCloseTo(0, 4);
    const crossed = x.map(([p = 0, q = 0]) => [q, p]);
    expect(
      lossOf({ a: x, b: crossed }, (g, { a, b }) => barlowTwins(g, a, b, { lambda: 0.5 }))[0],
    ).toBeCloseTo(2 + 0.5 * 2, 3);
  });

  it("VICReg: agreement, spread and repetition", () => {
    const x = [
      [2, 2],
      [-2, -2],
    ];
    // Deviation √8 > 1 costs nothing; covariance 8 off the diagonal: (8² + 8²)/2 for each view.
    one(
      lossOf({ a: x, b: x }, (g, { a, b }) => vicReg(g, a, b)),
      128,
    );
    const still = [
      [1, 1],
      [1, 1],
    ];
    expect(lossOf({ a: still, b: still }, (g, { a, b }) => vicReg(g, a, b))[0]).toBeCloseTo(
      25 * (1 - sqrt(1e-4)),
      4,
    );
  });
});
