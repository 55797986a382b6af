import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { type LossOptions, perExample, reduceLoss } from "./reduce.js";

/** KL(p‖q) of two distributions given by logits [..., K]: Σ p (ln p − ln q). */
export function klDivergence(g: Builder, p: Value, q: Value, options: LossOptions = {}): Value {
  const logP = g.LogSoftmax(p, { axis: -1 });
  const logQ = g.LogSoftmax(q, { axis: -1 });
  return reduceLoss(g, relativeEntropy(g, g.Exp(logP), logP, logQ), options);
}

/** Jensen-Shannon divergence of two distributions given by logits: mean of both KL to their mean; at most ln 2. */
export function jensenShannon(g: Builder, p: Value, q: Value, options: LossOptions = {}): Value {
  const [logP, logQ] = [g.LogSoftmax(p, { axis: -1 }), g.LogSoftmax(q, { axis: -1 })];
  const [a, b] = [g.Exp(logP), g.Exp(logQ)];
  // Rounding may make a probability 0 in both; the smallest normal number keeps its logarithm finite.
  const middle = g.Log(g.Max([g.Mul(g.Add(a, b), g.scalar(0.5)), g.scalar(2 ** -126)]));
  const both = g.Add(relativeEntropy(g, a, logP, middle), relativeEntropy(g, b, logQ, middle));
  return reduceLoss(g, g.Mul(both, g.scalar(0.5)), options);
}

/**
 * Distillation: KL from the teacher to the student at a temperature, times its square, so that gradients keep their
 * size (Hinton et al. 2015). The caller stops the teacher's gradient where there is one.
 */
export function distillationLoss(
  g: Builder,
  student: Value,
  teacher: Value,
  options: LossOptions & { readonly temperature?: number } = {},
): Value {
  const { temperature = 1, ...rest } = options;
  const cooled = (x: Value) => g.Mul(x, g.scalar(1 / temperature));
  return g.Mul(klDivergence(g, cooled(teacher), cooled(student), rest), g.scalar(temperature ** 2));
}

/** KL of a diagonal Gaussian to the standard one, [N, ...] to [N]: ½ Σ (μ² + σ² − ln σ² − 1) (Kingma & Welling 2014). */
export function gaussianKl(g: Builder, mean: Value, logVariance: Value, options: LossOptions = {}): Value {
  const terms = g.Sub(g.Add(g.Mul(mean, mean), g.Exp(logVariance)), g.Add(logVariance, g.scalar(1)));
  return reduceLoss(g, g.Mul(perExample(g, terms), g.scalar(0.5)), options);
}

/** Entropy of a distribution given by logits [..., K]; less of it is a surer network. */
export function entropyOf(g: Builder, logits: Value, options: LossOptions = {}): Value {
  const logs = g.LogSoftmax(logits, { axis: -1 });
  return reduceLoss(g, g.Neg(g.ReduceSum(g.Mul(g.Exp(logs), logs), g.i64([-1]), { keepdims: 0 })), options);
}

function relativeEntropy(g: Builder, p: Value, logP: Value, logQ: Value): Value {
  return g.ReduceSum(g.Mul(p, g.Sub(logP, logQ)), g.i64([-1]), { keepdims: 0 });
}

const group = "Divergences";
const pair = { p: ["N", 4], q: ["N", 4] } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "loss",
    name: "klDivergence",
    group,
    doc: "Kullback-Leibler divergence of two distributions given by logits.",
    formula: "Σ_k p_k (ln p_k − ln q_k)",
    samples: [sample(pair, [], (g, { p, q }) => klDivergence(g, p, q))],
  },
  {
    kind: "loss",
    name: "jensenShannon",
    group,
    doc: "Jensen-Shannon divergence of two distributions given by logits; symmetric, at most ln 2.",
    formula: "½ KL(p‖m) + ½ KL(q‖m), m = (p + q)/2",
    samples: [sample(pair, [], (g, { p, q }) => jensenShannon(g, p, q))],
  },
  {
    kind: "loss",
    name: "distillationLoss",
    group,
    doc: "Divergence of the student from the teacher at a temperature.",
    formula: "T² KL(softmax(teacher/T) ‖ softmax(student/T))",
    source: "Hinton et al. 2015, arXiv:1503.02531",
    samples: [sample(pair, [], (g, { p, q }) => distillationLoss(g, p, q, { temperature: 3 }))],
  },
  {
    kind: "loss",
    name: "gaussianKl",
    group,
    doc: "Divergence of a diagonal Gaussian from the standard one, for variational autoencoders.",
    formula: "½ Σ (μ² + σ² − ln σ² − 1)",
    source: "Kingma & Welling 2014, arXiv:1312.6114",
    samples: [
      sample({ mean: ["N", 3], variance: ["N", 3] }, [], (g, { mean, variance }) =>
        gaussianKl(g, mean, variance),
      ),
    ],
  },
  {
    kind: "loss",
    name: "entropyOf",
    group,
    doc: "Entropy of a distribution given by logits.",
    formula: "−Σ_k p_k ln p_k",
    samples: [sample({ p: ["N", 4] }, [], (g, { p }) => entropyOf(g, p))],
  },
];
