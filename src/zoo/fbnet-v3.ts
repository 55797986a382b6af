import { roundChannels } from "./channels.js";
import { defineArchitecture, type Fact } from "./define.js";
import { FBNET_V3, type FbnetVariant } from "./fbnet-v3-blocks.js";
import { fbnetNetwork } from "./fbnet-v3-network.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** All trainable numbers at 1,000 classes, and the side of the images. */
const COUNTED: Readonly<Record<FbnetVariant, readonly [params: number, side: number]>> = {
  a: [8_598_464, 224],
  b: [8_598_464, 248],
  c: [9_973_800, 248],
  d: [10_306_272, 248],
  e: [10_772_872, 264],
  f: [13_896_136, 272],
  g: [16_623_888, 320],
};

const facts = (Object.keys(COUNTED) as FbnetVariant[]).map((variant): Fact => {
  const [params, side] = COUNTED[variant];
  return {
    settings: { variant },
    input: [3, side, side],
    outputs: 1000,
    params,
    published: { macs: FBNET_V3[variant].published.macs },
    source:
      "the authors' model zoo gives weights without biases and normalisation, and multiply-adds: both are recounted " +
      "exactly by fbnet-v3.test.ts",
  };
});

/**
 * FBNetV3 (Dai et al. 2020, arXiv:2006.02049; the block lists are those of the authors' released definitions). Expanded
 * channels are rounded to multiples of 8; squeeze-excite has a quarter of a block's input channels, so rounded; the
 * last block pools between its two convolutions. In A, B, C, E and F some strided convolutions are padded by less than
 * half their kernel, as released. Departure: for images with sides below 96 pixels the first two strides are 1 and all
 * paddings are "same".
 */
export const fbnetV3 = defineArchitecture({
  name: "fbnet-v3",
  description: "FBNetV3-A to G: inverted residuals found together with their training recipe",
  settings: {
    variant: setting.oneOf(["a", "b", "c", "d", "e", "f", "g"], "a", "which of the published networks"),
    width: setting.real(1, { min: 0.05, max: 4 }, "multiplier of all channels"),
    depth: setting.real(
      1,
      { min: 0.1, max: 4 },
      "multiplier of the blocks of a row; a row keeps at least one",
    ),
    dropout: setting.real(0.2, { min: 0, max: 0.9 }, "before the classifier, while training"),
    dropPath: setting.real(
      0.1,
      { min: 0, max: 0.9 },
      "stochastic depth of the last block; the first has none",
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
  accepts: imagesOnly("fbnet-v3", 8),
  build(g, features, { variant, width, depth, dropout, dropPath }, outputs) {
    const { stem, blocks, pool } = FBNET_V3[variant];
    const scaled = (channels: number) => (width === 1 ? channels : roundChannels(channels * width));
    const rows = blocks.map((row) => ({
      ...row,
      channels: scaled(row.channels),
      count: Math.max(1, Math.round(row.count * depth)),
    }));
    const form = {
      stem: scaled(stem),
      rows,
      pool: { ...pool, channels: scaled(pool.channels) },
      dropout,
      dropPath,
    };
    return fbnetNetwork(g, imageOf("fbnet-v3", features), form, outputs);
  },
  example: { settings: { width: 0.1, depth: 0.2, dropPath: 0 }, input: [3, 8, 8], outputs: 3 },
  facts,
});
