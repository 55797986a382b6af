import { fail } from "../../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { fixedDim } from "../network.js";
import { type LossOptions, reduceLoss } from "./reduce.js";

export interface CrossEntropyOptions extends Omit<LossOptions, "weights"> {
  /** ε: targets are (1 − ε) on the class and ε/K everywhere (Szegedy et al. 2016). */
  readonly smoothing?: number;
  /** A weight for each class; the mean is then weighted too. */
  readonly classWeights?: readonly number[];
  /** A label that does not count. */
  readonly ignoreIndex?: number;
  /** Boolean or float, of the labels' shape: what counts, and how much. */
  readonly weights?: Value;
}

/**
 * Mean cross-entropy of logits [..., K] against class indices [...].
 * @param options or, as a number, the label smoothing
 */
export function crossEntropy(
  g: Builder,
  logits: Value,
  labels: Value,
  options: number | CrossEntropyOptions = {},
): Value {
  const {
    smoothing = 0,
    classWeights,
    ignoreIndex,
    weights,
    reduction,
  }: CrossEntropyOptions = typeof options === "number" ? { smoothing: options } : options;
  const classes = fixedDim(logits, -1);
  const raw = g.Cast(labels, { to: ONNX_DTYPE.int64 });
  const counts = ignoreIndex === undefined ? undefined : g.Not(g.Equal(raw, g.i64(ignoreIndex)));
  const codes = counts === undefined ? raw : g.Where(counts, raw, g.i64(0));
  const onOff = g.constant(
    tensor("float32", [2], [smoothing / classes, 1 - smoothing + smoothing / classes]),
  );
  const targets = g.OneHot(codes, g.i64([classes]), onOff, { axis: -1 });
  const logs = g.ReduceSum(g.Mul(g.LogSoftmax(logits, { axis: -1 }), targets), g.i64([-1]), { keepdims: 0 });
  const perLabel = [
    ...(counts === undefined ? [] : [g.Cast(counts, { to: ONNX_DTYPE.float32 })]),
    ...(classWeights === undefined
      ? []
      : [g.Gather(weightsOf(g, classWeights, classes), codes, { axis: 0 })]),
    ...(weights === undefined
      ? []
      : [weights.dtype === "bool" ? g.Cast(weights, { to: ONNX_DTYPE.float32 }) : weights]),
  ];
  if (perLabel.length === 0 && (reduction ?? "mean") === "mean") {
    return g.Neg(g.ReduceMean(logs, undefined, { keepdims: 0 }));
  }
  const [first, ...rest] = perLabel;
  return reduceLoss(g, g.Neg(logs), {
    reduction,
    weights: first && rest.reduce((a, b) => g.Mul(a, b), first),
  });
}

function weightsOf(g: Builder, classWeights: readonly number[], classes: number): Value {
  if (classWeights.length !== classes) {
    fail("loss_class_weights", { expected: `${classes} class weights`, received: `${classWeights.length}` });
  }
  return g.constant(tensor("float32", [classes], classWeights));
}

/** Cross-entropy of logits [..., K] against given distributions [..., K]: −Σ target · log softmax. */
export function softCrossEntropy(
  g: Builder,
  logits: Value,
  targets: Value,
  options: LossOptions = {},
): Value {
  const logs = g.Mul(g.LogSoftmax(logits, { axis: -1 }), targets);
  return reduceLoss(g, g.Neg(g.ReduceSum(logs, g.i64([-1]), { keepdims: 0 })), options);
}

export interface BinaryOptions extends LossOptions {
  /** Weight of positive examples; more than 1 raises recall. */
  readonly positiveWeight?: number;
}

/**
 * Binary cross-entropy of logits against targets in [0, 1] of the same shape. Written as softplus of ∓x, so that no
 * logarithm of a rounded probability is taken.
 */
export function binaryCrossEntropy(
  g: Builder,
  logits: Value,
  targets: Value,
  options: BinaryOptions = {},
): Value {
  const { positiveWeight = 1 } = options;
  const t = asFloat(g, targets);
  const positive = g.Mul(t, g.Softplus(g.Neg(logits)));
  const negative = g.Mul(g.Sub(g.scalar(1), t), g.Softplus(logits));
  const scaled = positiveWeight === 1 ? positive : g.Mul(positive, g.scalar(positiveWeight));
  return reduceLoss(g, g.Add(scaled, negative), options);
}

export interface FocalOptions extends LossOptions {
  /** γ: how much easy examples are discounted. Default 2. */
  readonly focus?: number;
  /** α: weight of positive examples, 1 − α that of negative ones. Default 1/4; undefined by `null`: no weights. */
  readonly alpha?: number | null;
}

/** Focal loss of logits against targets 0 or 1 of the same shape: −α (1 − p_t)^γ log p_t (Lin et al. 2017). */
export function focalLoss(g: Builder, logits: Value, targets: Value, options: FocalOptions = {}): Value {
  const { focus = 2, alpha = 0.25 } = options;
  const t = asFloat(g, targets);
  const one = g.scalar(1);
  // x of the right sign for the target: log p_t = −softplus(−s), 1 − p_t = σ(−s).
  const s = g.Mul(logits, g.Sub(g.Mul(t, g.scalar(2)), one));
  const wrong = g.Sigmoid(g.Neg(s));
  const losses = g.Mul(g.Pow(wrong, g.scalar(focus)), g.Softplus(g.Neg(s)));
  if (alpha === null) return reduceLoss(g, losses, options);
  const weight = g.Add(g.Mul(t, g.scalar(2 * alpha - 1)), g.scalar(1 - alpha));
  return reduceLoss(g, g.Mul(losses, weight), options);
}

/** Hinge loss of scores against targets 0 or 1 of the same shape: max(0, margin − s), s of the target's sign. */
export function hingeLoss(
  g: Builder,
  scores: Value,
  targets: Value,
  options: LossOptions & { readonly margin?: number; readonly squared?: boolean } = {},
): Value {
  const sign = g.Sub(g.Mul(asFloat(g, targets), g.scalar(2)), g.scalar(1));
  const short = g.Relu(g.Sub(g.scalar(options.margin ?? 1), g.Mul(scores, sign)));
  return reduceLoss(g, options.squared === true ? g.Mul(short, short) : short, options);
}

/** Multi-class hinge of scores [N, K] and labels [N]: max over wrong classes of (margin + s_wrong − s_right), ≥ 0. */
export function multiclassHingeLoss(
  g: Builder,
  scores: Value,
  labels: Value,
  options: LossOptions & { readonly margin?: number } = {},
): Value {
  const classes = fixedDim(scores, 1);
  const right = g.OneHot(
    g.Cast(labels, { to: ONNX_DTYPE.int64 }),
    g.i64([classes]),
    g.constant(tensor("float32", [2], [0, 1])),
    { axis: -1 },
  );
  const ofRight = g.ReduceSum(g.Mul(scores, right), g.i64([1]), { keepdims: 1 });
  const margins = g.Mul(g.Sub(g.scalar(1), right), g.scalar(options.margin ?? 1));
  return reduceLoss(
    g,
    g.ReduceMax(g.Add(g.Sub(scores, ofRight), margins), g.i64([1]), { keepdims: 0 }),
    options,
  );
}

/**
 * Dice loss of probabilities against targets 0 or 1, [N, ...] each: 1 − (2 Σ p t + s)/(Σ p + Σ t + s), with s against
 * empty examples (Milletari et al. 2016 with sums in place of sums of squares).
 */
export function diceLoss(
  g: Builder,
  probabilities: Value,
  targets: Value,
  options: LossOptions & { readonly smooth?: number } = {},
): Value {
  const t = asFloat(g, targets);
  const axes = g.i64(probabilities.shape.map((_, i) => i).slice(1));
  const total = (v: Value) => g.ReduceSum(v, axes, { keepdims: 0 });
  const smooth = g.scalar(options.smooth ?? 1);
  const overlap = g.Add(g.Mul(total(g.Mul(probabilities, t)), g.scalar(2)), smooth);
  const size = g.Add(g.Add(total(probabilities), total(t)), smooth);
  return reduceLoss(g, g.Sub(g.scalar(1), g.Div(overlap, size)), options);
}

function asFloat(g: Builder, targets: Value): Value {
  return targets.dtype === "float32" ? targets : g.Cast(targets, { to: ONNX_DTYPE.float32 });
}

const group = "Classification losses";
const labels = { shape: ["N"], dtype: "int64", low: 0, high: 3 } as const;
const bits = { shape: ["N", 3], dtype: "int64", low: 0, high: 2 } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "loss",
    name: "crossEntropy",
    group,
    doc: "Cross-entropy against class indices, with label smoothing, class weights and an index that does not count.",
    formula: "−Σ_k t_k log softmax(x)_k, t = (1 − ε) one-hot + ε/K",
    source: "Szegedy et al. 2016, arXiv:1512.00567 (smoothing)",
    samples: [
      sample({ x: ["N", 3], t: labels }, [], (g, { x, t }) => crossEntropy(g, x, t, 0.1), { batch: 4 }),
      sample(
        { x: ["N", 2, 3], t: { shape: ["N", 2], dtype: "int64", values: [0, 1, -100, 2] } },
        [],
        (g, { x, t }) => crossEntropy(g, x, t, { ignoreIndex: -100, classWeights: [1, 2, 0.5] }),
      ),
      sample({ x: ["N", 3], t: labels }, ["N"], (g, { x, t }) =>
        crossEntropy(g, x, t, { reduction: "none" }),
      ),
    ],
  },
  {
    kind: "loss",
    name: "softCrossEntropy",
    group,
    doc: "Cross-entropy against given distributions: mixed labels, teachers.",
    formula: "−Σ_k t_k log softmax(x)_k",
    samples: [
      sample({ x: ["N", 3], t: { shape: ["N", 3], low: 0, high: 1 } }, [], (g, { x, t }) =>
        softCrossEntropy(g, x, t),
      ),
    ],
  },
  {
    kind: "loss",
    name: "binaryCrossEntropy",
    group,
    doc: "Binary cross-entropy of logits, also for several labels at once.",
    formula: "w₊ t softplus(−x) + (1 − t) softplus(x)",
    samples: [
      sample({ x: ["N", 3], t: bits }, [], (g, { x, t }) =>
        binaryCrossEntropy(g, x, t, { positiveWeight: 2 }),
      ),
      sample({ x: ["N", 3], t: { shape: ["N", 3], low: 0, high: 1 } }, [], (g, { x, t }) =>
        binaryCrossEntropy(g, x, t),
      ),
    ],
  },
  {
    kind: "loss",
    name: "focalLoss",
    group,
    doc: "Binary cross-entropy that discounts examples which are classified well already.",
    formula: "−α_t (1 − p_t)^γ log p_t",
    source: "Lin et al. 2017, arXiv:1708.02002",
    samples: [
      sample({ x: ["N", 3], t: bits }, [], (g, { x, t }) => focalLoss(g, x, t)),
      sample({ x: ["N", 3], t: bits }, [], (g, { x, t }) => focalLoss(g, x, t, { focus: 1, alpha: null })),
    ],
  },
  {
    kind: "loss",
    name: "hingeLoss",
    group,
    doc: "Hinge or squared hinge of scores.",
    formula: "max(0, m − s·(2t − 1))",
    samples: [
      sample({ x: ["N", 3], t: bits }, [], (g, { x, t }) => hingeLoss(g, x, t)),
      sample({ x: ["N", 3], t: bits }, [], (g, { x, t }) => hingeLoss(g, x, t, { squared: true })),
    ],
  },
  {
    kind: "loss",
    name: "multiclassHingeLoss",
    group,
    doc: "Hinge between the right class and the best wrong one.",
    formula: "max_k (m·[k ≠ t] + s_k − s_t)",
    source: "Crammer & Singer 2001",
    samples: [
      sample({ x: ["N", 3], t: labels }, [], (g, { x, t }) => multiclassHingeLoss(g, x, t), { batch: 4 }),
    ],
  },
  {
    kind: "loss",
    name: "diceLoss",
    group,
    doc: "One less the overlap of predicted and true areas, for segmentation.",
    formula: "1 − (2 Σ p t + s)/(Σ p + Σ t + s)",
    source: "Milletari et al. 2016, arXiv:1606.04797",
    samples: [
      sample({ x: { shape: ["N", 3], low: 0, high: 1 }, t: bits }, [], (g, { x, t }) => diceLoss(g, x, t)),
    ],
  },
];
