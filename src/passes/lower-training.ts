import { type Graph, prune } from "../ir/index.js";
import { Names } from "../ops/index.js";
import { blockLayout } from "./block-layout.js";
import { mergeCommonSubexpressions } from "./common-subexpressions.js";
import { decomposeBatchNorm } from "./decompose-batch-norm.js";
import { dropGradientRules } from "./drop-gradient-rules.js";
import { lowerFilterGradients } from "./filter-gradients.js";
import { lowerChannelSums } from "./lower-channel-sums.js";
import { lowerLeadingSums } from "./lower-leading-sums.js";
import { shareGelu } from "./share-gelu.js";

/**
 * What differentiation left, as operators that ONNX Runtime has and is fast at. For graphs that will not be
 * differentiated any more.
 *
 * @param blockedChannels channels in a block of the runtime's own layout, to use its kernels (`blockLayout`)
 * @param names those of the graph, where they are known already
 */
export function lowerTraining(raw: Graph, blockedChannels?: number, names = Names.of(raw)): Graph {
  const whole = shareGelu(decomposeBatchNorm(dropGradientRules(raw), names), names);
  const plain = prune(mergeCommonSubexpressions(whole));
  const laidOut = blockedChannels === undefined ? plain : blockLayout(plain, blockedChannels, names);
  return lowerLeadingSums(lowerChannelSums(lowerFilterGradients(laidOut, names), names), names);
}
