import { roundChannels } from "./channels.js";
import { defineArchitecture, type Fact } from "./define.js";
import { efficientStages } from "./efficient-stages.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** Multipliers of width and depth, the side of the images it was made for, and dropout, by variant. */
const VARIANTS = {
  b0: [1, 1, 224, 0.2],
  b1: [1, 1.1, 240, 0.2],
  b2: [1.1, 1.2, 260, 0.3],
  b3: [1.2, 1.4, 300, 0.3],
  b4: [1.4, 1.8, 380, 0.4],
  b5: [1.6, 2.2, 456, 0.4],
  b6: [1.8, 2.6, 528, 0.5],
  b7: [2, 3.1, 600, 0.5],
} as const;
type Variant = keyof typeof VARIANTS;

/** Parameters, giga-multiply-adds, and the side of the images that these were counted at. */
const PUBLISHED: Readonly<Record<Variant, readonly [params: number, gigaMacs: number, side: number]>> = {
  b0: [5_288_548, 0.386, 224],
  b1: [7_794_184, 0.687, 240],
  b2: [9_109_994, 1.088, 288],
  b3: [12_233_232, 1.827, 300],
  b4: [19_341_616, 4.394, 380],
  b5: [30_389_784, 10.266, 456],
  b6: [43_040_704, 19.068, 528],
  b7: [66_347_960, 37.746, 600],
};

const facts = (Object.keys(PUBLISHED) as Variant[]).map((variant): Fact => {
  const [params, gigaMacs, side] = PUBLISHED[variant];
  return {
    settings: { variant },
    input: [3, side, side],
    outputs: 1000,
    params,
    published: { macs: gigaMacs * 1e9 },
    source:
      "torchvision's published num_params and multiply-adds at its crop; table 2 of the paper for B0: 5.3 M, 390 M",
  };
});

/**
 * EfficientNet (Tan & Le 2019, arXiv:1905.11946): B0 found by search, B1 to B7 by compound scaling of width, depth and
 * resolution. Channels are rounded to multiples of 8, blocks upwards. Departure: for images with sides below 96 pixels
 * the first two strides are 1; the resolution is that of the data.
 */
export const efficientnet = defineArchitecture({
  name: "efficientnet",
  description: "EfficientNet-B0 to B7: inverted residuals with squeeze-excite, scaled as a compound",
  settings: {
    variant: setting.oneOf(
      ["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"],
      "b0",
      "which of the published networks",
    ),
    width: setting.real(1, { min: 0.1, max: 4 }, "further multiplier of all channels"),
    depth: setting.real(1, { min: 0.1, max: 4 }, "further multiplier of the blocks of a stage"),
    dropPath: setting.real(
      0.2,
      { min: 0, max: 0.9 },
      "stochastic depth after the last block, while training",
    ),
  },
  recipe: {
    batchSize: 64,
    optimizer: "sgd",
    learningRate: 0.05,
    weightDecay: 1e-5,
    labelSmoothing: 0.1,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("efficientnet", 16),
  build(g, features, { variant, width, depth, dropPath }, outputs) {
    const [w, d, , dropout] = VARIANTS[variant];
    const channels = (base: number) => roundChannels(base * w * width);
    return efficientStages(
      g,
      imageOf("efficientnet", features),
      {
        stem: channels(32),
        channels,
        // 1e-9 against products such as 10 · 1.1, which would be rounded up by an error in the last digit.
        blocks: (base) => Math.ceil(base * d * depth - 1e-9),
        head: channels(1280),
        dropout,
        dropPath,
      },
      outputs,
    );
  },
  example: { settings: { width: 0.1, depth: 0.5, dropPath: 0 }, input: [3, 16, 16], outputs: 3 },
  facts,
});
