export * from "./attention/index.js";
export { type BatchNormOptions, batchNorm } from "./batch-norm.js";
export { type ConvOptions, conv1d, conv2d, conv3d, type PerAxis } from "./conv.js";
export { type ConvBnOptions, convBn } from "./conv-bn.js";
export {
  type ConvTransposeOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./conv-transpose.js";
export { dropout, dropPath, dropPathRates, spatialDropout } from "./dropout.js";
export {
  categoricalEmbedding,
  embedding,
  numericEmbedding,
  type TokenEmbeddingOptions,
  tiedLogits,
  tokenEmbedding,
} from "./embedding.js";
export { type FeedForwardOptions, feedForward } from "./feed-forward.js";
export { gatedLinearUnit, learnedSwish, maxout, prelu } from "./gated.js";
export * from "./graph/index.js";
export { type InvertedResidualOptions, invertedResidual } from "./inverted-residual.js";
export { type KanOptions, kanLinear, type SplineGrid, splineBasis } from "./kan.js";
export { bilinear, type LinearOptions, linear } from "./linear.js";
export { type MixtureOfExpertsOptions, mixtureOfExperts, type Routed } from "./mixture-of-experts.js";
export { groupNorm, instanceNorm, layerNorm, layerScale, type NormOptions, rmsNorm } from "./norms.js";
export { entmax15, type ObliviousTreesOptions, obliviousTrees } from "./oblivious-trees.js";
export { classToken, patchEmbedding, tokenAt } from "./patches.js";
export { type PeriodicEmbeddingOptions, periodicEmbedding } from "./periodic-embedding.js";
export {
  adaptiveAveragePool2d,
  attentionPool,
  averagePool2d,
  generalizedMeanPool,
  globalAveragePool,
  globalMaxPool,
  globalTokenMean,
  maskedMeanPool,
  maxPool2d,
  type PoolOptions,
} from "./pooling.js";
export {
  learnedPositions,
  positionsOf,
  rotaryPositions,
  sinCosPositions2d,
  sinusoidalPositions,
} from "./positions.js";
export { type GruOptions, gru, gruCell } from "./recurrent/gru.js";
export { type LstmOptions, type LstmResult, lstm, lstmCell } from "./recurrent/lstm.js";
export { type RnnOptions, rnn, rnnCell } from "./recurrent/rnn.js";
export type { RecurrentDirection, RecurrentLayerOptions, RecurrentResult } from "./recurrent/stack.js";
export { highway, type ResidualOptions, residual } from "./residual.js";
export { depthwiseConv2d, separableConv2d } from "./separable-conv.js";
export {
  blockAttention,
  efficientChannelAttention,
  type SqueezeExciteOptions,
  squeezeExcite,
} from "./squeeze-excite.js";
export {
  type DecoderBlockOptions,
  decoderBlock,
  encoderBlock,
  type TransformerBlockOptions,
} from "./transformer.js";
export { standardizeWeights } from "./weight-standardization.js";
