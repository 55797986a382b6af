import type { Value } from "../ir/index.js";
import { ONNX_DTYPE } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { fixedDim } from "./network.js";

/**
 * Mean cross-entropy of logits [N, K] against class indices [N], with label smoothing ε (Szegedy et al. 2016):
 * targets are (1 − ε) on the class and ε/K everywhere.
 */
export function crossEntropy(g: Builder, logits: Value, labels: Value, smoothing = 0): Value {
  const classes = fixedDim(logits, 1);
  const onOff = g.constant({
    dtype: "float32",
    dims: [2],
    data: Float32Array.of(smoothing / classes, 1 - smoothing + smoothing / classes),
  });
  const codes = g.Cast(labels, { to: ONNX_DTYPE.int64 });
  const targets = g.OneHot(codes, g.i64([classes]), onOff, { axis: -1 });
  const perExample = g.ReduceSum(g.Mul(g.LogSoftmax(logits, { axis: -1 }), targets), g.i64([1]), {
    keepdims: 0,
  });
  return g.Neg(g.ReduceMean(perExample, undefined, { keepdims: 0 }));
}

/** Mean squared difference of predictions and targets of one shape. */
export function meanSquaredError(g: Builder, predicted: Value, target: Value): Value {
  const error = g.Sub(predicted, target);
  return g.ReduceMean(g.Mul(error, error), undefined, { keepdims: 0 });
}

/** Number of examples whose largest logit is that of their class, as float32. */
export function correctCount(g: Builder, logits: Value, labels: Value): Value {
  const hits = g.Equal(g.ArgMax(logits, { axis: -1, keepdims: 0 }), g.Cast(labels, { to: ONNX_DTYPE.int64 }));
  return g.ReduceSum(g.Cast(hits, { to: ONNX_DTYPE.float32 }), undefined, { keepdims: 0 });
}
