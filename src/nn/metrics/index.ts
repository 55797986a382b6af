export {
  accuracyOf,
  confusionCounts,
  correctCount,
  overlapOf,
  perplexityOf,
  topKCorrectCount,
} from "./classification.js";
export { explainedVarianceOf, rootMeanSquaredErrorOf } from "./regression.js";
