import {
  activation,
  conv2d,
  convBn,
  dropout,
  fixedDim,
  globalAveragePool,
  invertedResidual,
  linear,
} from "../nn/index.js";
import { roundChannels } from "./channels.js";
import { defineArchitecture, type Fact } from "./define.js";
import { FBNET_V3, type FbnetVariant } from "./fbnet-v3-blocks.js";
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

/** Images below this many pixels keep their size in the stem and in the third stage. */
const SMALL_SIDE = 96;
const act = "hard-swish";

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
  build(g, features, { variant, width, depth, dropout: rate, dropPath }, outputs) {
    const image = imageOf("fbnet-v3", features);
    const small = Math.min(fixedDim(image, 2), fixedDim(image, 3)) < SMALL_SIDE;
    const { stem, pool } = FBNET_V3[variant];
    const blocks = FBNET_V3[variant].blocks.map((row) => ({
      ...row,
      count: Math.max(1, Math.round(row.count * depth)),
    }));
    const scaled = (channels: number) => (width === 1 ? channels : roundChannels(channels * width));
    let h = g.scope("stem", () =>
      convBn(g, image, scaled(stem), { kernel: 3, stride: small ? 1 : 2, activation: act }),
    );
    const total = blocks.reduce((sum, { count }) => sum + count, 0);
    let at = 0;
    blocks.forEach((row, i) => {
      for (let n = 0; n < row.count; n++) {
        const inner = roundChannels(fixedDim(h, 1) * row.expansion);
        const stride = n === 0 ? row.stride : 1;
        const kept = small && stride === 2 && fixedDim(h, 2) === fixedDim(image, 2);
        h = g.scope(`row${i + 1}/block${n + 1}`, () =>
          invertedResidual(g, h, scaled(row.channels), {
            kernel: row.kernel,
            stride: kept ? 1 : stride,
            padding: small ? undefined : row.padding,
            expansion: row.expansion,
            hidden: inner,
            squeezeExcite: row.squeezeExcite && {
              hidden: roundChannels(Math.floor((inner * 0.25) / row.expansion), 8, 0.95),
            },
            activation: act,
            dropPath: (dropPath * at++) / Math.max(1, total - 1),
            zeroLast: true,
          }),
        );
      }
    });
    const wide = g.scope("head", () =>
      convBn(g, h, roundChannels(fixedDim(h, 1) * pool.expansion), { kernel: 1, activation: act }),
    );
    const pooled = g.Unsqueeze(globalAveragePool(g, wide), g.i64([2, 3]));
    const last = g.scope("pool", () => conv2d(g, pooled, scaled(pool.channels), { kernel: 1 }));
    return g.scope("classifier", () =>
      linear(g, dropout(g, g.Flatten(activation(g, last, act)), rate), outputs),
    );
  },
  example: { settings: { width: 0.1, depth: 0.2, dropPath: 0 }, input: [3, 8, 8], outputs: 3 },
  facts,
});
