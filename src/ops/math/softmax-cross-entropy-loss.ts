import { dim, isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { logSoftmaxRow, mapRows } from "../rows.js";
import {
  LOSS_ATTRIBUTES,
  type LossAttributes,
  lossRef,
  lossSamples,
  lossShape,
  lossTerms,
} from "./class-loss.js";

declare module "../builder.js" {
  interface OpCalls {
    /** scores: [N, C, d…]; labels: class numbers [N, d…]; weights: [C]. */
    SoftmaxCrossEntropyLoss(
      scores: Value,
      labels: Value,
      weights?: Value | undefined,
      attrs?: LossAttributes,
    ): Value;
  }
}

/**
 * l = −w_t ln softmax(scores)_t for the target class t, reduced; dscores = w_t (softmax − onehot(t)), times dy.
 * The log-probabilities are an optional second output.
 */
export const SoftmaxCrossEntropyLoss = defineOp({
  type: "SoftmaxCrossEntropyLoss",
  since: 13,
  doc: "Cross entropy of the softmax of scores with target classes, weighted and reduced.",
  inputs: ["scores", "labels", "weights?"],
  outputs: ["loss", "log_prob?"],
  attributes: LOSS_ATTRIBUTES,
  infer({ scores, labels, weights }, attrs, { outputCount }) {
    const shape = lossShape(scores, labels, weights, attrs);
    if (isIssue(shape)) return shape;
    const { dtype } = scores;
    return { loss: { dtype, shape }, log_prob: outputCount > 1 ? { dtype, shape: scores.shape } : undefined };
  },
  cost: ({ scores, labels }) => ({
    flops: dim.add(dim.mul(5, ...scores.shape), dim.mul(2, ...labels.shape)),
  }),
  evaluate({ scores, labels, weights }, attrs, { outputCount }) {
    const logp = mapRows(scores, 1, logSoftmaxRow);
    return { loss: lossRef(logp, labels, weights, attrs), log_prob: outputCount > 1 ? logp : undefined };
  },
  grad(g, { scores, labels, weights }, { loss: dy, log_prob: dlogp }, { attrs, needs, outputs }) {
    const logp = outputs.log_prob ?? g.LogSoftmax(scores, { axis: 1 });
    const parts: Value[] = [];
    if (dlogp !== undefined) {
      parts.push(g.Sub(dlogp, g.Mul(g.Exp(logp), g.ReduceSum(dlogp, g.i64([1]), { keepdims: 1 }))));
    }
    const terms = dy && lossTerms(g, { scores, labels, weights, dy }, attrs);
    if (terms !== undefined) parts.push(g.Mul(terms.factor, g.Sub(g.Exp(logp), terms.oneHot)));
    const [first, second] = parts;
    return {
      scores: first && second ? g.Add(first, second) : first,
      weights: terms && needs("weights") ? terms.weightGrad(logp, outputs.loss) : undefined,
    };
  },
  samples: [
    ...lossSamples("scores", "labels"),
    {
      inputs: { scores: [4, 3], labels: { dims: [4], dtype: "int64", values: [0, 2, 1, 2] } },
      outputs: 2,
    },
  ],
});
