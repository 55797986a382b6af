import { s } from "../schema/index.js";
import { defineBenchmark } from "./define.js";
import { digitsOf, numberOfDigits } from "./digits.js";

const LAYERS = 7;
const width = s.int({ min: 1, max: 4 });

/**
 * Channel benchmark of a small ResNet: the widths of seven layers as one to four times a base width, 16,384 networks
 * trained on CIFAR-10 three times (as published beside GENIUS, Zheng et al. 2023, arXiv:2304.10970).
 */
export const channelBenchmark = defineBenchmark({
  name: "channel",
  description: "16,384 choices of seven layer widths of a small ResNet on CIFAR-10",
  source: "Zheng et al. 2023, arXiv:2304.10970",
  schema: s.object({
    width1: width,
    width2: width,
    width3: width,
    width4: width,
    width5: width,
    width6: width,
    width7: width,
  }),
  size: 4 ** LAYERS,
  views: [{ name: "cifar10", search: ["mean_acc", "mean"], report: ["mean_acc", "mean"] }],
  protocol:
    "searched on, and reported, is the mean accuracy of three trainings; the table has no second split",
  indexOf: (genotype) =>
    numberOfDigits(
      Array.from({ length: LAYERS }, (_, i) => (genotype as Record<string, number>)[`width${i + 1}`] ?? 1),
      1,
      4,
    ) ?? 0,
  indexOfKey: (key) => numberOfDigits(digitsOf(key, LAYERS), 1, 4),
});
