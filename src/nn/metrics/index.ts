export {
  accuracyOf,
  confusionCounts,
  correctCount,
  overlapOf,
  perplexityOf,
  topKCorrectCount,
} from "./classification.js";
export { kendallTau, pearson, ranksOf, spearman } from "./ranks.js";
export { explainedVarianceOf, rootMeanSquaredErrorOf } from "./regression.js";
export {
  atPlaces,
  discountedGain,
  meanAveragePrecision,
  meanReciprocalRank,
  normalizedGain,
  rankedPrecision,
  reciprocalRank,
} from "./retrieval.js";
export {
  type Averaging,
  accuracy,
  averagePrecision,
  balancedAccuracy,
  brierScore,
  type ClassScores,
  calibrationError,
  classOverlaps,
  classScores,
  confusionMatrix,
  perplexity,
  regressionScores,
  rocAuc,
  topKAccuracy,
} from "./scores.js";
