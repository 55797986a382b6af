import { s } from "../schema/index.js";
import { defineBenchmark } from "./define.js";
import { digitsOf, numberOfDigits } from "./digits.js";

const LAYERS = 8;
const BLOCKS = ["identity", "inverted-residual-3x3-e3", "inverted-residual-5x5-e6"] as const;
const block = s.oneOf(BLOCKS);

/**
 * NAS-Bench-Macro (Su et al. 2021, arXiv:2103.11922): eight layers of a mobile network, each an identity or one of two
 * inverted residuals, 6,561 networks trained on CIFAR-10 three times.
 */
export const macroBenchmark = defineBenchmark({
  name: "macro",
  description: "6,561 choices of eight blocks of a mobile network on CIFAR-10",
  source: "Su et al. 2021, arXiv:2103.11922",
  schema: s.object({
    layer1: block,
    layer2: block,
    layer3: block,
    layer4: block,
    layer5: block,
    layer6: block,
    layer7: block,
    layer8: block,
  }),
  size: 3 ** LAYERS,
  views: [{ name: "cifar10", search: ["mean_acc"], report: ["mean_acc"] }],
  protocol:
    "searched on, and reported, is the mean test accuracy of three trainings; the table has no second split",
  indexOf: (genotype) =>
    numberOfDigits(
      Array.from({ length: LAYERS }, (_, i) =>
        BLOCKS.findIndex((it) => it === (genotype as Record<string, string>)[`layer${i + 1}`]),
      ),
      0,
      3,
    ) ?? 0,
  indexOfKey: (key) => numberOfDigits(digitsOf(key, LAYERS), 0, 3),
});
