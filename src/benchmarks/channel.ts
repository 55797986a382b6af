import { isIssue } from "../base/index.js";
import {
  type ChannelResnetGenotype,
  channelResnet,
  channelResnetFromString,
  channelResnetToString,
} from "../spaces/index.js";
import { defineBenchmark } from "./define.js";
import { digitsOf, numberOfDigits } from "./digits.js";

const LAYERS = 7;
const numberOf = (key: string) => numberOfDigits(digitsOf(key, LAYERS), 1, 4);

/**
 * Channel benchmark of a small ResNet: seven widths as one to four times a unit, 16,384 networks trained on CIFAR-10
 * three times (as published beside GENIUS, Zheng et al. 2023, arXiv:2304.10970).
 */
export const channelBenchmark = defineBenchmark({
  name: "channel",
  description: "16,384 choices of seven widths of a small ResNet on CIFAR-10",
  source: "Zheng et al. 2023, arXiv:2304.10970",
  schema: channelResnet.schema,
  size: 4 ** LAYERS,
  views: [{ name: "cifar10", search: ["mean_acc", "mean"], report: ["mean_acc", "mean"] }],
  protocol:
    "searched on, and reported, is the mean accuracy of three trainings; the table has no second split",
  indexOf: (genotype) => numberOf(channelResnetToString(genotype as ChannelResnetGenotype)) ?? 0,
  indexOfKey: (key) => (isIssue(channelResnetFromString(key)) ? undefined : numberOf(key)),
});
