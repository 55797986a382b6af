import {
  activation,
  convBn,
  dropout,
  fixedDim,
  globalAveragePool,
  invertedResidual,
  linear,
} from "../nn/index.js";
import { roundChannels } from "./channels.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

type Row = readonly [
  kernel: number,
  hidden: number,
  out: number,
  squeezeExcite: boolean,
  act: "relu" | "hard-swish",
  stride: number,
];
const [RE, HS] = ["relu", "hard-swish"] as const;

/** Tables 1 and 2 of the paper. */
const ROWS: Readonly<Record<"large" | "small", readonly Row[]>> = {
  large: [
    [3, 16, 16, false, RE, 1],
    [3, 64, 24, false, RE, 2],
    [3, 72, 24, false, RE, 1],
    [5, 72, 40, true, RE, 2],
    [5, 120, 40, true, RE, 1],
    [5, 120, 40, true, RE, 1],
    [3, 240, 80, false, HS, 2],
    [3, 200, 80, false, HS, 1],
    [3, 184, 80, false, HS, 1],
    [3, 184, 80, false, HS, 1],
    [3, 480, 112, true, HS, 1],
    [3, 672, 112, true, HS, 1],
    [5, 672, 160, true, HS, 2],
    [5, 960, 160, true, HS, 1],
    [5, 960, 160, true, HS, 1],
  ],
  small: [
    [3, 16, 16, true, RE, 2],
    [3, 72, 24, false, RE, 2],
    [3, 88, 24, false, RE, 1],
    [5, 96, 40, true, HS, 2],
    [5, 240, 40, true, HS, 1],
    [5, 240, 40, true, HS, 1],
    [5, 120, 48, true, HS, 1],
    [5, 144, 48, true, HS, 1],
    [5, 288, 96, true, HS, 2],
    [5, 576, 96, true, HS, 1],
    [5, 576, 96, true, HS, 1],
  ],
};

/** Images below this many pixels keep their size in the stem and in the first stage that would halve them. */
const SMALL_SIDE = 96;
const NORM = { epsilon: 1e-3, momentum: 0.99 };

/**
 * MobileNetV3 (Howard et al. 2019, arXiv:1905.02244, tables 1 and 2): squeeze-excite with a quarter of the expanded
 * channels (rounded to 8) and a hard gate, hard-swish in the later half, a linear layer before the classifier.
 * Departure: for images with sides below 96 pixels the first two strides are 1.
 */
export const mobilenetV3 = defineArchitecture({
  name: "mobilenet-v3",
  description: "Searched inverted residuals with squeeze-excite, large or small, for images of any size",
  settings: {
    variant: setting.oneOf(["large", "small"], "large", "which of the two published networks"),
    width: setting.real(1, { min: 0.1, max: 4 }, "multiplier of all channels"),
    dropout: setting.real(0.2, { min: 0, max: 0.9 }, "before the classifier, while training"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "sgd",
    learningRate: 0.05,
    weightDecay: 4e-5,
    labelSmoothing: 0.1,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("mobilenet-v3", 16),
  build(g, features, { variant, width, dropout: rate }, outputs) {
    const image = imageOf("mobilenet-v3", features);
    const small = Math.min(fixedDim(image, 2), fixedDim(image, 3)) < SMALL_SIDE;
    const scaled = (channels: number) => roundChannels(channels * width);
    let h = g.scope("stem", () =>
      convBn(g, image, scaled(16), { kernel: 3, stride: small ? 1 : 2, activation: HS, norm: NORM }),
    );
    let halved = 0;
    ROWS[variant].forEach(([kernel, hidden, out, se, act, stride], i) => {
      const kept = small && stride === 2 && halved === 0;
      if (stride === 2) halved++;
      const inner = scaled(hidden);
      h = g.scope(`block${i + 1}`, () =>
        invertedResidual(g, h, scaled(out), {
          kernel,
          stride: kept ? 1 : stride,
          expansion: 1,
          hidden: inner,
          squeezeExcite: se && { hidden: roundChannels(Math.floor(inner / 4)) },
          activation: act,
          norm: NORM,
        }),
      );
    });
    const last = 6 * fixedDim(h, 1);
    h = g.scope("head", () => convBn(g, h, last, { kernel: 1, activation: HS, norm: NORM }));
    const wide = g.scope("penultimate", () =>
      linear(g, globalAveragePool(g, h), scaled(variant === "large" ? 1280 : 1024)),
    );
    return g.scope("classifier", () => linear(g, dropout(g, activation(g, wide, HS), rate), outputs));
  },
  example: { settings: { variant: "small", width: 0.1 }, input: [3, 16, 16], outputs: 3 },
  facts: [
    {
      input: [3, 224, 224],
      outputs: 1000,
      params: 5_483_032,
      macs: 216_589_760,
      published: { macs: 0.217e9 },
      source:
        "table 3: 5.4 M parameters, 219 M multiply-adds; torchvision's num_params 5,483,032 and 0.217 G",
    },
    {
      settings: { variant: "small" },
      input: [3, 224, 224],
      outputs: 1000,
      params: 2_542_856,
      macs: 56_510_400,
      published: { macs: 0.0565e9 },
      source: "table 3: 2.5 M parameters, 56 M multiply-adds; torchvision's num_params 2,542,856 and 0.057 G",
    },
  ],
});
