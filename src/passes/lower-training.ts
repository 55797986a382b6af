import { type Graph, prune } from "../ir/index.js";
import { mergeCommonSubexpressions } from "./common-subexpressions.js";
import { decomposeBatchNorm } from "./decompose-batch-norm.js";
import { dropGradientRules } from "./drop-gradient-rules.js";
import { lowerLeadingSums } from "./lower-leading-sums.js";
import { shareGelu } from "./share-gelu.js";

/**
 * What differentiation left, as operators that ONNX Runtime has and is fast at. For graphs that will not be
 * differentiated any more.
 */
export function lowerTraining(raw: Graph): Graph {
  const plain = decomposeBatchNorm(dropGradientRules(raw));
  return lowerLeadingSums(prune(mergeCommonSubexpressions(shareGelu(plain))));
}
