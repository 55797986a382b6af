import { roundChannels, roundHalfEven } from "./channels.js";
import { defineArchitecture, type Fact } from "./define.js";
import { efficientStages } from "./efficient-stages.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** Multipliers of width and depth, and the side of the images, of the published networks. */
const VARIANTS = {
  a: [1, 1.2, 192],
  b: [0.75, 1.1, 188],
  c: [0.54, 0.85, 184],
  d: [0.54, 0.695, 152],
  e: [0.51, 0.6, 106],
} as const;
type Variant = keyof typeof VARIANTS;

const PUBLISHED: Readonly<Record<Variant, readonly [params: number, megaMacs: number]>> = {
  a: [6_187_972, 336.9],
  b: [3_730_562, 200.7],
  c: [2_457_234, 99.5],
  d: [2_338_446, 51.6],
  e: [2_042_972, 24.4],
};

const facts = (Object.keys(PUBLISHED) as Variant[]).map((variant): Fact => {
  const [params, megaMacs] = PUBLISHED[variant];
  const side = VARIANTS[variant][2];
  return {
    settings: { variant },
    input: [3, side, side],
    outputs: 1000,
    params,
    published: { macs: megaMacs * 1e6 },
    source:
      "the authors' definition counted by hand: 6.19, 3.73, 2.46, 2.34 and 2.04 M for A to E, as published",
  };
});

/**
 * TinyNet (Han et al. 2020, arXiv:2010.14819): EfficientNet-B0 made smaller by a formula that keeps resolution and depth
 * and gives up width. Stem and head are not scaled; blocks are rounded to the nearest number, halves to the even one.
 * Departure: for images with sides below 96 pixels the first two strides are 1; the resolution is that of the data.
 */
export const tinynet = defineArchitecture({
  name: "tinynet",
  description: "TinyNet-A to E: EfficientNet-B0 made smaller, more in width than in depth",
  settings: {
    variant: setting.oneOf(["a", "b", "c", "d", "e"], "a", "which of the published networks"),
    width: setting.real(1, { min: 0.1, max: 4 }, "further multiplier of the stages' channels"),
    depth: setting.real(1, { min: 0.1, max: 4 }, "further multiplier of the blocks of a stage"),
    head: setting.int(1280, { min: 8, max: 4096 }, "channels before the classifier"),
    dropout: setting.real(0.2, { min: 0, max: 0.9 }, "before the classifier, while training"),
    dropPath: setting.real(
      0.1,
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
  accepts: imagesOnly("tinynet", 16),
  build(g, features, { variant, width, depth, head, dropout, dropPath }, outputs) {
    const [w, d] = VARIANTS[variant];
    return efficientStages(
      g,
      imageOf("tinynet", features),
      {
        stem: 32,
        channels: (base) => roundChannels(base * w * width),
        blocks: (base) => Math.max(1, roundHalfEven(base * d * depth)),
        head,
        dropout,
        dropPath,
      },
      outputs,
    );
  },
  example: { settings: { variant: "e", width: 0.2, head: 16, dropPath: 0 }, input: [3, 16, 16], outputs: 3 },
  facts,
});
