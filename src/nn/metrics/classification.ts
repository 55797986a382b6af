/** Metrics of classifiers as operators, for evaluation inside a program. Counts and sums can be added up over batches. */
import { ONNX_DTYPE, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { fixedDim } from "../network.js";

/** Number of examples whose largest logit is that of their class, as float32. */
export function correctCount(g: Builder, logits: Value, labels: Value): Value {
  const hits = g.Equal(g.ArgMax(logits, { axis: -1, keepdims: 0 }), g.Cast(labels, { to: ONNX_DTYPE.int64 }));
  return g.ReduceSum(g.Cast(hits, { to: ONNX_DTYPE.float32 }), undefined, { keepdims: 0 });
}

/** Share of examples whose largest logit is that of their class. */
export function accuracyOf(g: Builder, logits: Value, labels: Value): Value {
  const hits = g.Equal(g.ArgMax(logits, { axis: -1, keepdims: 0 }), g.Cast(labels, { to: ONNX_DTYPE.int64 }));
  return g.ReduceMean(g.Cast(hits, { to: ONNX_DTYPE.float32 }), undefined, { keepdims: 0 });
}

/** Number of examples whose class is among the k largest logits [N, K]. */
export function topKCorrectCount(g: Builder, logits: Value, labels: Value, k: number): Value {
  const [, places] = g.op("TopK", [logits, g.i64([Math.min(k, fixedDim(logits, -1))])], { axis: -1 }, 2);
  if (places === undefined) throw new Error("unreachable");
  const hits = g.Equal(places, g.Unsqueeze(g.Cast(labels, { to: ONNX_DTYPE.int64 }), g.i64([-1])));
  return g.ReduceSum(g.Cast(hits, { to: ONNX_DTYPE.float32 }), undefined, { keepdims: 0 });
}

/** Counts [K, K] of examples by class (row) and prediction (column). */
export function confusionCounts(g: Builder, logits: Value, labels: Value): Value {
  const classes = fixedDim(logits, 1);
  const onOff = g.constant(tensor("float32", [2], [0, 1]));
  const hot = (codes: Value) => g.OneHot(codes, g.i64([classes]), onOff, { axis: -1 });
  const predicted = hot(g.ArgMax(logits, { axis: -1, keepdims: 0 }));
  return g.MatMul(g.Transpose(hot(g.Cast(labels, { to: ONNX_DTYPE.int64 })), { perm: [1, 0] }), predicted);
}

/** e to the mean negative log-likelihood: how many equally likely choices a prediction amounts to. */
export function perplexityOf(g: Builder, meanNll: Value): Value {
  return g.Exp(meanNll);
}

/** Overlap of predicted and true areas over their union, masks [N, ...] of booleans or 0 and 1: [N]; 1 where both are empty. */
export function overlapOf(g: Builder, predicted: Value, target: Value): Value {
  const axes = g.i64(predicted.shape.map((_, i) => i).slice(1));
  const float = (v: Value) => g.Cast(v, { to: ONNX_DTYPE.float32 });
  const total = (v: Value) => g.ReduceSum(v, axes, { keepdims: 0 });
  const [p, t] = [float(predicted), float(target)];
  const common = total(g.Mul(p, t));
  const union = g.Sub(g.Add(total(p), total(t)), common);
  const empty = g.Equal(union, g.scalar(0));
  return g.Where(empty, g.scalar(1), g.Div(common, g.Max([union, g.scalar(1)])));
}

const group = "Metrics";
const logits = ["N", 3] as const;
const labels = { shape: ["N"], dtype: "int32", low: 0, high: 3 } as const;
const mask = { shape: ["N", 2, 3], dtype: "bool" } as const;
const five = { batch: 5 } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "metric",
    name: "correctCount",
    group,
    doc: "Number of right answers.",
    samples: [sample({ x: logits, t: labels }, [], (g, { x, t }) => correctCount(g, x, t), five)],
  },
  {
    kind: "metric",
    name: "accuracyOf",
    group,
    doc: "Share of right answers.",
    samples: [sample({ x: logits, t: labels }, [], (g, { x, t }) => accuracyOf(g, x, t), five)],
  },
  {
    kind: "metric",
    name: "topKCorrectCount",
    group,
    doc: "Number of examples whose class is among the k best.",
    samples: [sample({ x: logits, t: labels }, [], (g, { x, t }) => topKCorrectCount(g, x, t, 2), five)],
  },
  {
    kind: "metric",
    name: "confusionCounts",
    group,
    doc: "Counts of examples by class and prediction.",
    samples: [sample({ x: logits, t: labels }, [3, 3], (g, { x, t }) => confusionCounts(g, x, t), five)],
  },
  {
    kind: "metric",
    name: "perplexityOf",
    group,
    doc: "How many equally likely choices a prediction amounts to.",
    formula: "e^(mean −ln p)",
    samples: [sample({ x: { shape: [], low: 0, high: 2 } }, [], (g, { x }) => perplexityOf(g, x))],
  },
  {
    kind: "metric",
    name: "overlapOf",
    group,
    doc: "Intersection over union of masks, an example at a time.",
    formula: "|P ∩ T| / |P ∪ T|",
    samples: [sample({ p: mask, t: mask }, ["N"], (g, { p, t }) => overlapOf(g, p, t))],
  },
];
