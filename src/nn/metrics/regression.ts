/** Metrics of predicted numbers as operators. */
import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";

/** Root of the mean squared error. */
export function rootMeanSquaredErrorOf(g: Builder, predicted: Value, target: Value): Value {
  const error = g.Sub(predicted, target);
  return g.Sqrt(g.ReduceMean(g.Mul(error, error), undefined, { keepdims: 0 }));
}

/** Share of the targets' variance that is explained: 1 − Σ (y − t)² / Σ (t − mean t)². */
export function explainedVarianceOf(g: Builder, predicted: Value, target: Value): Value {
  const error = g.Sub(predicted, target);
  const centred = g.Sub(target, g.ReduceMean(target, undefined, { keepdims: 0 }));
  const total = (v: Value) => g.ReduceSum(g.Mul(v, v), undefined, { keepdims: 0 });
  return g.Sub(g.scalar(1), g.Div(total(error), total(centred)));
}

const group = "Metrics";
const pair = { y: ["N", 3], t: ["N", 3] } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "metric",
    name: "rootMeanSquaredErrorOf",
    group,
    doc: "Root of the mean squared error.",
    formula: "√(mean (y − t)²)",
    samples: [sample(pair, [], (g, { y, t }) => rootMeanSquaredErrorOf(g, y, t))],
  },
  {
    kind: "metric",
    name: "explainedVarianceOf",
    group,
    doc: "R²: share of the targets' variance that is explained.",
    formula: "1 − Σ (y − t)² / Σ (t − mean t)²",
    samples: [sample(pair, [], (g, { y, t }) => explainedVarianceOf(g, y, t))],
  },
];
