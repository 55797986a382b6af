import { fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { fixedDim } from "../network.js";
import { type LossOptions, reduceLoss } from "./reduce.js";

/** Mean squared difference of predictions and targets of one shape. */
export function meanSquaredError(
  g: Builder,
  predicted: Value,
  target: Value,
  options: LossOptions = {},
): Value {
  const error = g.Sub(predicted, target);
  return reduceLoss(g, g.Mul(error, error), options);
}

/** Mean absolute difference of predictions and targets of one shape. */
export function meanAbsoluteError(
  g: Builder,
  predicted: Value,
  target: Value,
  options: LossOptions = {},
): Value {
  return reduceLoss(g, g.Abs(g.Sub(predicted, target)), options);
}

/** Huber loss (1964): e²/2 up to |e| = δ, then δ (|e| − δ/2). */
export function huberLoss(
  g: Builder,
  predicted: Value,
  target: Value,
  options: LossOptions & { readonly delta?: number } = {},
): Value {
  const delta = options.delta ?? 1;
  const size = g.Abs(g.Sub(predicted, target));
  // With m = min(|e|, δ) both branches are m (|e| − m/2), which needs no choice.
  const inner = g.Min([size, g.scalar(delta)]);
  return reduceLoss(g, g.Mul(inner, g.Sub(size, g.Mul(inner, g.scalar(0.5)))), options);
}

/** Huber loss divided by β: slope 1 far out (Girshick 2015). */
export function smoothL1Loss(
  g: Builder,
  predicted: Value,
  target: Value,
  options: LossOptions & { readonly beta?: number } = {},
): Value {
  const { beta = 1, ...rest } = options;
  return g.Mul(huberLoss(g, predicted, target, { ...rest, delta: beta }), g.scalar(1 / beta));
}

/** ln cosh e, written as |e| + softplus(−2|e|) − ln 2, which does not overflow. */
export function logCoshLoss(g: Builder, predicted: Value, target: Value, options: LossOptions = {}): Value {
  const size = g.Abs(g.Sub(predicted, target));
  const tail = g.Softplus(g.Mul(size, g.scalar(-2)));
  return reduceLoss(g, g.Sub(g.Add(size, tail), g.scalar(Math.LN2)), options);
}

/** Pinball loss of a quantile q: max(q e, (q − 1) e), e = target − prediction (Koenker & Bassett 1978). */
export function quantileLoss(
  g: Builder,
  predicted: Value,
  target: Value,
  options: LossOptions & { readonly quantile?: number } = {},
): Value {
  const q = options.quantile ?? 0.5;
  if (!(q > 0 && q < 1)) fail("loss_quantile", { expected: "a quantile between 0 and 1", received: `${q}` });
  const error = g.Sub(target, predicted);
  return reduceLoss(g, g.Max([g.Mul(error, g.scalar(q)), g.Mul(error, g.scalar(q - 1))]), options);
}

const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Negative log-likelihood of normal numbers with given means and log-variances of one shape (Nix & Weigend 1994),
 * with its constant. Log-variances below `least` count as that, so that a certain network cannot win without bound.
 */
export function gaussianNll(
  g: Builder,
  mean: Value,
  logVariance: Value,
  target: Value,
  options: LossOptions & { readonly least?: number } = {},
): Value {
  const bounded = g.Max([logVariance, g.scalar(options.least ?? -14)]);
  const error = g.Sub(target, mean);
  const scaled = g.Mul(g.Mul(error, error), g.Exp(g.Neg(bounded)));
  const nll = g.Add(g.Mul(g.Add(bounded, scaled), g.scalar(0.5)), g.scalar(HALF_LOG_2_PI));
  return reduceLoss(g, nll, options);
}

export interface MixtureOfGaussians {
  /** Unnormalised log-weights [N, K]. */
  readonly logits: Value;
  /** [N, K, D]. */
  readonly means: Value;
  /** [N, K, D]: diagonal covariances. */
  readonly logVariances: Value;
}

/** Negative log-likelihood of targets [N, D] under a mixture of Gaussians (Bishop 1994, mixture density networks). */
export function mixtureDensityNll(
  g: Builder,
  mixture: MixtureOfGaussians,
  target: Value,
  options: LossOptions = {},
): Value {
  const { logits, means, logVariances } = mixture;
  const error = g.Sub(g.Unsqueeze(target, g.i64([1])), means);
  const scaled = g.Mul(g.Mul(error, error), g.Exp(g.Neg(logVariances)));
  const perAxis = g.Add(g.Mul(g.Add(logVariances, scaled), g.scalar(0.5)), g.scalar(HALF_LOG_2_PI));
  const logDensity = g.Neg(g.ReduceSum(perAxis, g.i64([2]), { keepdims: 0 }));
  const joint = g.Add(g.LogSoftmax(logits, { axis: 1 }), logDensity);
  return reduceLoss(g, g.Neg(g.ReduceLogSumExp(joint, g.i64([1]), { keepdims: 0 })), options);
}

/** The parameters of a mixture of `components` Gaussians over `dims` axes, from numbers [N, components·(1 + 2·dims)]. */
export function mixtureOf(g: Builder, x: Value, components: number, dims: number): MixtureOfGaussians {
  const wanted = components * (1 + 2 * dims);
  if (fixedDim(x, 1) !== wanted) {
    fail("mixture_size", {
      path: x.name,
      expected: `${wanted} numbers an example`,
      received: `${fixedDim(x, 1)}`,
    });
  }
  const sizes = [components, components * dims, components * dims];
  const [logits, means, logVariances] = g.Split(x, g.i64(sizes), { axis: 1 }, 3);
  if (logits === undefined || means === undefined || logVariances === undefined) {
    return fail("output_missing", { path: "Split" });
  }
  const apart = (v: Value) => g.Reshape(v, g.i64([0, components, dims]));
  return { logits, means: apart(means), logVariances: apart(logVariances) };
}

/** Negative log-likelihood of counts under Poisson rates given as logarithms, without ln(target!). */
export function poissonNll(g: Builder, logRate: Value, target: Value, options: LossOptions = {}): Value {
  return reduceLoss(g, g.Sub(g.Exp(logRate), g.Mul(target, logRate)), options);
}

const group = "Regression losses";
const target = { shape: ["N", 3], constant: true } as const;
const pair = { y: ["N", 3], t: target } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "loss",
    name: "meanSquaredError",
    group,
    doc: "Mean squared error.",
    formula: "mean (y − t)²",
    samples: [
      sample(pair, [], (g, { y, t }) => meanSquaredError(g, y, t)),
      sample({ ...pair, w: { shape: ["N", 3], dtype: "bool" } }, [], (g, { y, t, w }) =>
        meanSquaredError(g, y, t, { weights: w }),
      ),
    ],
  },
  {
    kind: "loss",
    name: "meanAbsoluteError",
    group,
    doc: "Mean absolute error.",
    formula: "mean |y − t|",
    samples: [sample(pair, [], (g, { y, t }) => meanAbsoluteError(g, y, t))],
  },
  {
    kind: "loss",
    name: "huberLoss",
    group,
    doc: "Squared near 0 and linear far out.",
    formula: "e²/2 where |e| ≤ δ, δ (|e| − δ/2) elsewhere",
    source: "Huber 1964",
    samples: [sample(pair, [], (g, { y, t }) => huberLoss(g, y, t, { delta: 0.7 }))],
  },
  {
    kind: "loss",
    name: "smoothL1Loss",
    group,
    doc: "Huber loss divided by β.",
    formula: "e²/(2β) where |e| ≤ β, |e| − β/2 elsewhere",
    source: "Girshick 2015, arXiv:1504.08083",
    samples: [
      sample(pair, ["N", 3], (g, { y, t }) => smoothL1Loss(g, y, t, { beta: 0.5, reduction: "none" })),
    ],
  },
  {
    kind: "loss",
    name: "logCoshLoss",
    group,
    doc: "Smooth everywhere, squared near 0 and linear far out.",
    formula: "ln cosh(y − t)",
    samples: [sample(pair, [], (g, { y, t }) => logCoshLoss(g, y, t))],
  },
  {
    kind: "loss",
    name: "quantileLoss",
    group,
    doc: "Pinball loss, whose best prediction is a quantile.",
    formula: "max(q e, (q − 1) e), e = t − y",
    source: "Koenker & Bassett 1978",
    samples: [sample(pair, [], (g, { y, t }) => quantileLoss(g, y, t, { quantile: 0.9 }))],
  },
  {
    kind: "loss",
    name: "gaussianNll",
    group,
    doc: "Negative log-likelihood of a normal distribution with a mean and a variance of its own for each number.",
    formula: "½ (ln σ² + (t − μ)²/σ² + ln 2π)",
    source: "Nix & Weigend 1994",
    samples: [
      sample({ mean: ["N", 3], variance: ["N", 3], t: target }, [], (g, { mean, variance, t }) =>
        gaussianNll(g, mean, variance, t),
      ),
    ],
  },
  {
    kind: "loss",
    name: "mixtureDensityNll",
    group,
    doc: "Negative log-likelihood of a mixture of Gaussians with diagonal covariances.",
    formula: "−ln Σ_k π_k N(t; μ_k, σ_k²)",
    source: "Bishop 1994",
    samples: [
      sample({ x: ["N", 10], t: { shape: ["N", 2], constant: true } }, [], (g, { x, t }) =>
        mixtureDensityNll(g, mixtureOf(g, x, 2, 2), t),
      ),
    ],
  },
  {
    kind: "loss",
    name: "poissonNll",
    group,
    doc: "Negative log-likelihood of counts under Poisson rates given as logarithms, without the constant.",
    formula: "e^x − t x",
    samples: [
      sample({ x: ["N", 3], t: { shape: ["N", 3], low: 0, high: 4, constant: true } }, [], (g, { x, t }) =>
        poissonNll(g, x, t),
      ),
    ],
  },
];
