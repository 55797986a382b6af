import { dim, isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
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
    /** logp: [N, C, d…]; target: class numbers [N, d…]; weights: [C]. */
    NegativeLogLikelihoodLoss(
      logp: Value,
      target: Value,
      weights?: Value | undefined,
      attrs?: LossAttributes,
    ): Value;
  }
}

/** l = −w_t logp_t for the target class t, reduced; dlogp = −w_t onehot(t), times dy. */
export const NegativeLogLikelihoodLoss = defineOp({
  type: "NegativeLogLikelihoodLoss",
  since: 13,
  doc: "Negative log-probability of the target classes, weighted and reduced.",
  inputs: ["logp", "target", "weights?"],
  outputs: ["loss"],
  attributes: LOSS_ATTRIBUTES,
  infer({ logp, target, weights }, attrs) {
    const shape = lossShape(logp, target, weights, attrs);
    return isIssue(shape) ? shape : { loss: { dtype: logp.dtype, shape } };
  },
  cost: ({ target }) => ({ flops: dim.mul(2, ...target.shape) }),
  evaluate: ({ logp, target, weights }, attrs) => ({ loss: lossRef(logp, target, weights, attrs) }),
  grad(g, { logp, target, weights }, { loss: dy }, { attrs, needs, outputs: { loss } }) {
    if (dy === undefined) return {};
    const terms = lossTerms(g, { scores: logp, labels: target, weights, dy }, attrs);
    return {
      logp: needs("logp") ? g.Neg(g.Mul(terms.factor, terms.oneHot)) : undefined,
      weights: weights && needs("weights") ? terms.weightGrad(logp, loss) : undefined,
    };
  },
  samples: lossSamples("logp", "target"),
});
