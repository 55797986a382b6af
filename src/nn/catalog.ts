/**
 * Every layer, activation, loss and metric with what is known of it: the contract runs them all, and the reference
 * page is made of them. A new one is its file (or an entry in one) and a line here.
 */
import { definitions as activations } from "./activations.js";
import type { Definition } from "./define.js";
import { definitions as attend } from "./layers/attention/attend.js";
import { definitions as biases } from "./layers/attention/biases.js";
import { definitions as linearAttention } from "./layers/attention/linear-attention.js";
import { definitions as multiHead } from "./layers/attention/multi-head.js";
import { definitions as batchNorm } from "./layers/batch-norm.js";
import { definitions as conv } from "./layers/conv.js";
import { definitions as convBn } from "./layers/conv-bn.js";
import { definitions as convTranspose } from "./layers/conv-transpose.js";
import { definitions as dropout } from "./layers/dropout.js";
import { definitions as embedding } from "./layers/embedding.js";
import { definitions as feedForward } from "./layers/feed-forward.js";
import { definitions as gated } from "./layers/gated.js";
import { definitions as gat } from "./layers/graph/gat.js";
import { definitions as gcn } from "./layers/graph/gcn.js";
import { definitions as gin } from "./layers/graph/gin.js";
import { definitions as messagePassing } from "./layers/graph/message-passing.js";
import { definitions as readout } from "./layers/graph/readout.js";
import { definitions as invertedResidual } from "./layers/inverted-residual.js";
import { definitions as kan } from "./layers/kan.js";
import { definitions as linear } from "./layers/linear.js";
import { definitions as mixtureOfExperts } from "./layers/mixture-of-experts.js";
import { definitions as norms } from "./layers/norms.js";
import { definitions as obliviousTrees } from "./layers/oblivious-trees.js";
import { definitions as patches } from "./layers/patches.js";
import { definitions as periodicEmbedding } from "./layers/periodic-embedding.js";
import { definitions as pooling } from "./layers/pooling.js";
import { definitions as positions } from "./layers/positions.js";
import { definitions as gru } from "./layers/recurrent/gru.js";
import { definitions as lstm } from "./layers/recurrent/lstm.js";
import { definitions as rnn } from "./layers/recurrent/rnn.js";
import { definitions as residual } from "./layers/residual.js";
import { definitions as separableConv } from "./layers/separable-conv.js";
import { definitions as squeezeExcite } from "./layers/squeeze-excite.js";
import { definitions as transformer } from "./layers/transformer.js";
import { definitions as weightStandardization } from "./layers/weight-standardization.js";
import { definitions as classification } from "./losses/classification.js";
import { definitions as ctc } from "./losses/ctc.js";
import { definitions as divergences } from "./losses/divergences.js";
import { definitions as embeddingLosses } from "./losses/embedding-losses.js";
import { definitions as regression } from "./losses/regression.js";
import { definitions as classificationMetrics } from "./metrics/classification.js";
import { definitions as regressionMetrics } from "./metrics/regression.js";

const DEFINITIONS: readonly (readonly Definition[])[] = [
  linear,
  conv,
  convTranspose,
  separableConv,
  batchNorm,
  norms,
  weightStandardization,
  activations,
  gated,
  pooling,
  dropout,
  squeezeExcite,
  convBn,
  invertedResidual,
  residual,
  rnn,
  lstm,
  gru,
  obliviousTrees,
  embedding,
  periodicEmbedding,
  positions,
  biases,
  attend,
  multiHead,
  linearAttention,
  feedForward,
  patches,
  transformer,
  mixtureOfExperts,
  kan,
  gcn,
  gat,
  gin,
  messagePassing,
  readout,
  classification,
  regression,
  divergences,
  ctc,
  embeddingLosses,
  classificationMetrics,
  regressionMetrics,
];

/** All definitions, in the order of the reference page. */
export function nnDefinitions(): readonly Definition[] {
  return DEFINITIONS.flat();
}
