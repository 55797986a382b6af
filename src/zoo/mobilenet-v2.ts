import { convBn, dropout, fixedDim, globalAveragePool, invertedResidual, linear } from "../nn/index.js";
import { roundChannels } from "./channels.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** Table 2 of the paper: expansion, channels, blocks, stride of the first block. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Images below this many pixels keep their size in the stem and in the second stage. */
const SMALL_SIDE = 96;

/**
 * MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381, table 2). Departure: for images with sides below 96 pixels
 * the first two strides are 1, as is usual on CIFAR; otherwise a plane of one pixel would be left.
 */
export const mobilenetV2 = defineArchitecture({
  name: "mobilenet-v2",
  description: "Inverted residuals with linear bottlenecks, for images of any size",
  settings: {
    width: setting.real(1, { min: 0.1, max: 4 }, "multiplier of all channels"),
    dropout: setting.real(0.2, { min: 0, max: 0.9 }, "before the classifier, while training"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "sgd",
    learningRate: 0.05,
    weightDecay: 4e-5,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("mobilenet-v2", 16),
  build(g, features, settings, outputs) {
    const image = imageOf("mobilenet-v2", features);
    const small = Math.min(fixedDim(image, 2), fixedDim(image, 3)) < SMALL_SIDE;
    const scaled = (channels: number) => roundChannels(channels * settings.width);
    let h = g.scope("stem", () =>
      convBn(g, image, scaled(32), { kernel: 3, stride: small ? 1 : 2, activation: "relu6" }),
    );
    STAGES.forEach(([expansion, channels, blocks, stride], stage) => {
      for (let n = 0; n < blocks; n++) {
        const first = small && stage === 1 ? 1 : stride;
        h = g.scope(`stage${stage + 1}/block${n + 1}`, () =>
          invertedResidual(g, h, scaled(channels), {
            kernel: 3,
            stride: n === 0 ? first : 1,
            expansion,
            squeezeExcite: false,
            activation: "relu6",
          }),
        );
      }
    });
    const last = roundChannels(1280 * Math.max(1, settings.width));
    h = g.scope("head", () => convBn(g, h, last, { kernel: 1, activation: "relu6" }));
    return g.scope("classifier", () =>
      linear(g, dropout(g, globalAveragePool(g, h), settings.dropout), outputs),
    );
  },
  example: { settings: { width: 0.1 }, input: [3, 16, 16], outputs: 3 },
  facts: [
    {
      input: [3, 224, 224],
      outputs: 1000,
      params: 3_504_872,
      macs: 300_774_272,
      published: { macs: 0.301e9 },
      source:
        "published as 3.4 M parameters and 300 M multiply-adds (table 4); 3,504,872 in other renderings",
    },
  ],
});
