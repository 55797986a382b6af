/** Losses over embeddings: what should lie together, and what apart. */
import { fail } from "../../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { fixedDim } from "../network.js";
import { type LossOptions, reduceLoss } from "./reduce.js";

/** Vectors [..., C] of length 1 (at least ε counts as the length). */
export function normalizeVectors(g: Builder, x: Value, epsilon = 1e-12): Value {
  const square = g.ReduceSum(g.Mul(x, x), g.i64([-1]), { keepdims: 1 });
  return g.Div(x, g.Sqrt(g.Max([square, g.scalar(epsilon)])));
}

/** Cosine of the angle between vectors [..., C]: [...]. */
export function cosineSimilarity(g: Builder, a: Value, b: Value): Value {
  return g.ReduceSum(g.Mul(normalizeVectors(g, a), normalizeVectors(g, b)), g.i64([-1]), { keepdims: 0 });
}

/** 1 − cos for pairs that belong together (target 1), max(0, cos − margin) for others (target −1). */
export function cosineEmbeddingLoss(
  g: Builder,
  a: Value,
  b: Value,
  target: Value,
  options: LossOptions & { readonly margin?: number } = {},
): Value {
  const cosine = cosineSimilarity(g, a, b);
  const together = g.Greater(g.Cast(target, { to: ONNX_DTYPE.float32 }), g.scalar(0));
  const apart = g.Relu(g.Sub(cosine, g.scalar(options.margin ?? 0)));
  return reduceLoss(g, g.Where(together, g.Sub(g.scalar(1), cosine), apart), options);
}

/** max(0, d(a, p) − d(a, n) + margin) with Euclidean distances of [N, C] (Weinberger & Saul 2009; Schroff et al. 2015). */
export function tripletLoss(
  g: Builder,
  anchor: Value,
  positive: Value,
  negative: Value,
  options: LossOptions & { readonly margin?: number; readonly squared?: boolean } = {},
): Value {
  const distance = (a: Value, b: Value) => {
    const d = g.Sub(a, b);
    const square = g.ReduceSum(g.Mul(d, d), g.i64([-1]), { keepdims: 0 });
    // A root has no slope at 0; so small a number moves no loss.
    return options.squared === true ? square : g.Sqrt(g.Add(square, g.scalar(1e-12)));
  };
  const difference = g.Sub(distance(anchor, positive), distance(anchor, negative));
  return reduceLoss(g, g.Relu(g.Add(difference, g.scalar(options.margin ?? 1))), options);
}

/** max(0, margin − y (a − b)): y = 1 where a should be the larger, −1 where b should. */
export function marginRankingLoss(
  g: Builder,
  a: Value,
  b: Value,
  order: Value,
  options: LossOptions & { readonly margin?: number } = {},
): Value {
  const y = order.dtype === "float32" ? order : g.Cast(order, { to: ONNX_DTYPE.float32 });
  return reduceLoss(g, g.Relu(g.Sub(g.scalar(options.margin ?? 0), g.Mul(y, g.Sub(a, b)))), options);
}

/** Pairs at distance d of [N, C]: d² where they belong together (target 1), max(0, margin − d)² elsewhere (Hadsell et al. 2006). */
export function contrastivePairLoss(
  g: Builder,
  a: Value,
  b: Value,
  target: Value,
  options: LossOptions & { readonly margin?: number } = {},
): Value {
  const difference = g.Sub(a, b);
  const square = g.ReduceSum(g.Mul(difference, difference), g.i64([-1]), { keepdims: 0 });
  const short = g.Relu(g.Sub(g.scalar(options.margin ?? 1), g.Sqrt(g.Add(square, g.scalar(1e-12)))));
  const together = g.Greater(g.Cast(target, { to: ONNX_DTYPE.float32 }), g.scalar(0));
  return reduceLoss(g, g.Where(together, square, g.Mul(short, short)), options);
}

export interface ContrastiveOptions {
  /** What similarities are divided by. Default 0.1. */
  readonly temperature?: number;
}

/**
 * InfoNCE (van den Oord et al. 2018): row i of a [N, C] is to be found among all rows of b by its cosine, and, with
 * `symmetric`, the other way round too (as CLIP does).
 */
export function infoNce(
  g: Builder,
  a: Value,
  b: Value,
  options: ContrastiveOptions & { readonly symmetric?: boolean } = {},
): Value {
  const scores = similarities(g, a, b, options.temperature);
  const forward = diagonalNll(g, scores);
  if (options.symmetric !== true) return forward;
  const backward = diagonalNll(g, g.Transpose(scores, { perm: [1, 0] }));
  return g.Mul(g.Add(forward, backward), g.scalar(0.5));
}

/**
 * NT-Xent (Chen et al. 2020, SimCLR): a and b [N, C] are two views of the same examples; each of the 2N rows is to find
 * its other view among the 2N − 1 others.
 */
export function ntXent(g: Builder, a: Value, b: Value, options: ContrastiveOptions = {}): Value {
  const n = batchOf(a);
  const all = g.Concat([a, b], { axis: 0 });
  const scores = g.Add(similarities(g, all, all, options.temperature), offDiagonal(g, 2 * n));
  const partner = Array.from({ length: 4 * n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / (2 * n)), k % (2 * n)];
    return j === (i + n) % (2 * n) ? 1 : 0;
  });
  const targets = g.constant(tensor("float32", [2 * n, 2 * n], partner), "partners");
  const logs = g.Mul(g.LogSoftmax(scores, { axis: 1 }), targets);
  return g.Neg(g.ReduceMean(g.ReduceSum(logs, g.i64([1]), { keepdims: 0 }), undefined, { keepdims: 0 }));
}

/**
 * Supervised contrastive loss (Khosla et al. 2020, equation 2): embeddings [N, C] of one class are to find each other.
 * Examples that are alone in their class do not count.
 */
export function supervisedContrastive(
  g: Builder,
  x: Value,
  labels: Value,
  options: ContrastiveOptions = {},
): Value {
  const n = batchOf(x);
  const scores = g.Add(similarities(g, x, x, options.temperature), offDiagonal(g, n));
  const same = g.Equal(g.Unsqueeze(labels, g.i64([1])), g.Unsqueeze(labels, g.i64([0])));
  const eye = Array.from({ length: n * n }, (_, k) => (Math.floor(k / n) === k % n ? 0 : 1));
  const positives = g.Mul(
    g.Cast(same, { to: ONNX_DTYPE.float32 }),
    g.constant(tensor("float32", [n, n], eye), "others"),
  );
  const count = g.ReduceSum(positives, g.i64([1]), { keepdims: 0 });
  const logs = g.ReduceSum(g.Mul(g.LogSoftmax(scores, { axis: 1 }), positives), g.i64([1]), { keepdims: 0 });
  const mean = g.Neg(g.Div(logs, g.Max([count, g.scalar(1)])));
  return reduceLoss(g, mean, { weights: g.Greater(count, g.scalar(0)) });
}

/**
 * Barlow Twins (Zbontar et al. 2021): the correlations of the features of two views [N, C] are to be the identity;
 * what is off the diagonal counts λ-fold.
 */
export function barlowTwins(
  g: Builder,
  a: Value,
  b: Value,
  options: { readonly lambda?: number } = {},
): Value {
  const [n, width] = [batchOf(a), fixedDim(a, 1)];
  const correlation = g.Mul(
    g.MatMul(g.Transpose(standardized(g, a), { perm: [1, 0] }), standardized(g, b)),
    g.scalar(1 / n),
  );
  const lambda = options.lambda ?? 5e-3;
  const diagonal = (k: number) => Math.floor(k / width) === k % width;
  const wanted = Array.from({ length: width * width }, (_, k) => (diagonal(k) ? 1 : 0));
  const weight = wanted.map((one) => (one === 1 ? 1 : lambda));
  const error = g.Sub(correlation, g.constant(tensor("float32", [width, width], wanted), "identity"));
  const scaled = g.Mul(g.Mul(error, error), g.constant(tensor("float32", [width, width], weight), "weights"));
  return g.ReduceSum(scaled, undefined, { keepdims: 0 });
}

export interface VicRegOptions {
  /** Weights of the three terms. Defaults 25, 25, 1. */
  readonly invariance?: number;
  readonly variance?: number;
  readonly covariance?: number;
}

/** VICReg (Bardes et al. 2022): views agree, features keep a deviation of 1, and do not repeat each other. */
export function vicReg(g: Builder, a: Value, b: Value, options: VicRegOptions = {}): Value {
  const { invariance = 25, variance = 25, covariance = 1 } = options;
  const [n, width] = [batchOf(a), fixedDim(a, 1)];
  if (n < 2) fail("loss_batch", { expected: "at least two examples", received: `${n}` });
  const mean = (v: Value) => g.ReduceMean(v, undefined, { keepdims: 0 });
  const difference = g.Sub(a, b);
  const terms = [a, b].map((x) => {
    const centred = g.Sub(x, g.ReduceMean(x, g.i64([0]), { keepdims: 1 }));
    const moments = g.Mul(g.MatMul(g.Transpose(centred, { perm: [1, 0] }), centred), g.scalar(1 / (n - 1)));
    const eye = Array.from({ length: width * width }, (_, k) =>
      Math.floor(k / width) === k % width ? 1 : 0,
    );
    const identity = g.constant(tensor("float32", [width, width], eye), "identity");
    const own = g.ReduceSum(g.Mul(moments, identity), g.i64([1]), { keepdims: 0 });
    const deviation = g.Sqrt(g.Add(own, g.scalar(1e-4)));
    const others = g.Mul(moments, g.Sub(g.scalar(1), identity));
    const spread = mean(g.Relu(g.Sub(g.scalar(1), deviation)));
    const repeated = g.Mul(
      g.ReduceSum(g.Mul(others, others), undefined, { keepdims: 0 }),
      g.scalar(1 / width),
    );
    return g.Add(g.Mul(spread, g.scalar(variance / 2)), g.Mul(repeated, g.scalar(covariance)));
  });
  const agreement = g.Mul(mean(g.Mul(difference, difference)), g.scalar(invariance));
  return terms.reduce((sum, term) => g.Add(sum, term), agreement);
}

/** Each feature of [N, C] with mean 0 and deviation 1 over the batch. */
function standardized(g: Builder, x: Value): Value {
  const axes = g.i64([0]);
  const centred = g.Sub(x, g.ReduceMean(x, axes, { keepdims: 1 }));
  const variance = g.ReduceMean(g.Mul(centred, centred), axes, { keepdims: 1 });
  return g.Div(centred, g.Sqrt(g.Add(variance, g.scalar(1e-5))));
}

function similarities(g: Builder, a: Value, b: Value, temperature = 0.1): Value {
  const products = g.MatMul(normalizeVectors(g, a), g.Transpose(normalizeVectors(g, b), { perm: [1, 0] }));
  return g.Mul(products, g.scalar(1 / temperature));
}

/** Mean of −log softmax of each row at its own place. */
function diagonalNll(g: Builder, scores: Value): Value {
  const n = batchOf(scores);
  const eye = Array.from({ length: n * n }, (_, k) => (Math.floor(k / n) === k % n ? 1 : 0));
  const logs = g.Mul(
    g.LogSoftmax(scores, { axis: 1 }),
    g.constant(tensor("float32", [n, n], eye), "identity"),
  );
  return g.Neg(g.ReduceMean(g.ReduceSum(logs, g.i64([1]), { keepdims: 0 }), undefined, { keepdims: 0 }));
}

/** Added to scores of a set with itself: no row finds itself. */
function offDiagonal(g: Builder, n: number): Value {
  const data = Array.from({ length: n * n }, (_, k) => (Math.floor(k / n) === k % n ? -1e9 : 0));
  return g.constant(tensor("float32", [n, n], data), "not_itself");
}

/** Losses among the examples of a batch need to know how many there are. */
function batchOf(x: Value): number {
  return fixedDim(x, 0);
}

const group = "Embedding losses";
const a = ["N", 3] as const;
const fixed = [4, 3] as const;
const pair = { a, b: a } as const;
const together = { shape: ["N"], dtype: "int64", values: [1, -1, -1, 1] } as const;
const four = { batch: 4 } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "loss",
    name: "cosineEmbeddingLoss",
    group,
    doc: "Pairs that belong together point in one direction, others do not.",
    formula: "1 − cos(a, b), or max(0, cos(a, b) − m)",
    samples: [
      sample(
        { ...pair, t: together },
        [],
        (g, { a, b, t }) => cosineEmbeddingLoss(g, a, b, t, { margin: -0.9 }),
        four,
      ),
    ],
  },
  {
    kind: "loss",
    name: "tripletLoss",
    group,
    doc: "An anchor lies nearer to a positive than to a negative example, by a margin.",
    formula: "max(0, ‖a − p‖ − ‖a − n‖ + m)",
    source: "Schroff et al. 2015, arXiv:1503.03832",
    samples: [
      sample({ ...pair, c: a }, [], (g, { a, b, c }) => tripletLoss(g, a, b, c, { margin: 2 }), four),
      sample({ ...pair, c: a }, [], (g, { a, b, c }) => tripletLoss(g, a, b, c, { squared: true })),
    ],
  },
  {
    kind: "loss",
    name: "marginRankingLoss",
    group,
    doc: "Of two scores, a given one is the larger, by a margin.",
    formula: "max(0, m − y (a − b))",
    samples: [
      sample(
        { a: ["N"], b: ["N"], t: together },
        [],
        (g, { a, b, t }) => marginRankingLoss(g, a, b, t, { margin: 0.3 }),
        four,
      ),
    ],
  },
  {
    kind: "loss",
    name: "contrastivePairLoss",
    group,
    doc: "Pairs that belong together come near, others stay a margin away.",
    formula: "d², or max(0, m − d)²",
    source: "Hadsell et al. 2006",
    samples: [
      sample(
        { ...pair, t: together },
        [],
        (g, { a, b, t }) => contrastivePairLoss(g, a, b, t, { margin: 4 }),
        four,
      ),
    ],
  },
  {
    kind: "loss",
    name: "infoNce",
    group,
    doc: "Each example is to be found among all others by its counterpart; symmetric as in CLIP where asked for.",
    formula: "−log softmax_j(cos(a_i, b_j)/τ) at j = i",
    source: "van den Oord et al. 2018, arXiv:1807.03748",
    samples: [
      sample({ a: fixed, b: fixed }, [], (g, { a, b }) =>
        infoNce(g, a, b, { temperature: 0.5, symmetric: true }),
      ),
    ],
  },
  {
    kind: "loss",
    name: "ntXent",
    group,
    doc: "Two views of each example find each other among all other views.",
    formula: "−log (e^(cos(z_i, z_j)/τ) / Σ_{k≠i} e^(cos(z_i, z_k)/τ))",
    source: "Chen et al. 2020, arXiv:2002.05709",
    samples: [sample({ a: fixed, b: fixed }, [], (g, { a, b }) => ntXent(g, a, b, { temperature: 0.5 }))],
  },
  {
    kind: "loss",
    name: "supervisedContrastive",
    group,
    doc: "Examples of one class find each other among all others.",
    source: "Khosla et al. 2020, arXiv:2004.11362",
    samples: [
      sample({ a: [5, 3], t: { shape: [5], dtype: "int64", values: [0, 1, 0, 2, 1] } }, [], (g, { a, t }) =>
        supervisedContrastive(g, a, t, { temperature: 0.5 }),
      ),
    ],
  },
  {
    kind: "loss",
    name: "barlowTwins",
    group,
    doc: "The correlations between the features of two views become the identity.",
    formula: "Σ_i (1 − C_ii)² + λ Σ_{i≠j} C_ij²",
    source: "Zbontar et al. 2021, arXiv:2103.03230",
    samples: [sample({ a: fixed, b: fixed }, [], (g, { a, b }) => barlowTwins(g, a, b, { lambda: 0.1 }))],
  },
  {
    kind: "loss",
    name: "vicReg",
    group,
    doc: "Two views agree, features keep their spread, and do not repeat each other.",
    source: "Bardes et al. 2022, arXiv:2105.04906",
    samples: [sample({ a: fixed, b: fixed }, [], (g, { a, b }) => vicReg(g, a, b))],
  },
];
