import type { Value } from "../ir/index.js";
import { fixedDim, type NetworkBuilder } from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { efficientStages, roundChannels, roundHalfEven } from "../zoo/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { resampled } from "./operators.js";

const schema = s.object({
  resolution: s
    .real({ min: 0.35, max: 1 })
    .describe("side of the image that the network sees, relative to the data's"),
  width: s.real({ min: 0.25, max: 1.1 }).describe("multiplier of the stages' channels"),
  depth: s.real({ min: 0.5, max: 1.4 }).describe("multiplier of the blocks of a stage"),
});
export type TinynetGenotype = Infer<typeof schema>;

/** Least side of an image that is made smaller. */
const MIN_SIDE = 8;

/**
 * The cube of TinyNet (Han et al. 2020, arXiv:2010.14819): EfficientNet-B0 with three multipliers, of resolution, width
 * and depth; stem and head keep their channels. {@link tinyFormula} is the paper's way through it, {@link giantFormula}
 * the inverse of EfficientNet's. The seeds are the published networks for images of 224 pixels. The image is
 * resampled inside the network, so that resolution is a decision like the others. Departure: for sides below 96 pixels
 * the first two strides are 1.
 */
function spaceOf(stem: number, head: number) {
  return defineSpace({
    name: "tinynet",
    version: 1,
    description: "EfficientNet-B0 scaled in resolution, width and depth (TinyNet)",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "adamw",
      learningRate: 4e-3,
      weightDecay: 0.01,
      labelSmoothing: 0.05,
      warmupEpochs: 1,
    },
    seeds: {
      a: { resolution: 192 / 224, width: 1, depth: 1.2 },
      b: { resolution: 188 / 224, width: 0.75, depth: 1.1 },
      c: { resolution: 184 / 224, width: 0.54, depth: 0.85 },
      d: { resolution: 152 / 224, width: 0.54, depth: 0.695 },
      e: { resolution: 106 / 224, width: 0.51, depth: 0.6 },
    },
    accepts: imagesOnly("tinynet", 16),
    build(g, features, { resolution, width, depth }, outputs) {
      return efficientStages(
        g,
        smaller(g, imageOf("tinynet", features), resolution),
        {
          stem,
          channels: (base) => roundChannels(base * width),
          blocks: (base) => Math.max(1, roundHalfEven(base * depth)),
          head,
          dropout: 0.2,
          dropPath: 0,
        },
        outputs,
      );
    },
  });
}

export const tinynetSpace = { ...spaceOf(32, 1280), tiny: spaceOf(8, 16) };

/** The image with sides multiplied, rounded down. */
function smaller(g: NetworkBuilder, image: Value, factor: number): Value {
  const sides = [2, 3].map((axis) => Math.max(MIN_SIDE, Math.floor(fixedDim(image, axis) * factor + 1e-9)));
  return resampled(g, image, sides);
}
