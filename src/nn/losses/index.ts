export {
  type BinaryOptions,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  diceLoss,
  type FocalOptions,
  focalLoss,
  hingeLoss,
  multiclassHingeLoss,
  softCrossEntropy,
} from "./classification.js";
export { type CtcOptions, ctcLoss } from "./ctc.js";
export { distillationLoss, entropyOf, gaussianKl, jensenShannon, klDivergence } from "./divergences.js";
export {
  barlowTwins,
  type ContrastiveOptions,
  contrastivePairLoss,
  cosineEmbeddingLoss,
  cosineSimilarity,
  infoNce,
  marginRankingLoss,
  normalizeVectors,
  ntXent,
  supervisedContrastive,
  tripletLoss,
  type VicRegOptions,
  vicReg,
} from "./embedding-losses.js";
export { type LossOptions, perExample, reduceLoss } from "./reduce.js";
export {
  gaussianNll,
  huberLoss,
  logCoshLoss,
  type MixtureOfGaussians,
  meanAbsoluteError,
  meanSquaredError,
  mixtureDensityNll,
  mixtureOf,
  poissonNll,
  quantileLoss,
  smoothL1Loss,
} from "./regression.js";
