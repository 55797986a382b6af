import type { Value } from "../ir/index.js";
import {
  batchNorm,
  conv2d,
  dropout,
  fixedDim,
  globalAveragePool,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/**
 * Wide residual network for small images (Zagoruyko & Komodakis 2016, arXiv:1605.07146, table 1): pre-activation blocks
 * of two 3×3 convolutions in three stages of 16k, 32k and 64k channels; 1×1 shortcuts, of the activated input, where
 * shapes change. The defaults are WRN-16-4.
 */
export const wideResnet = defineArchitecture({
  name: "wide-resnet",
  description: "Wide residual network for small images: WRN-16-4, WRN-28-10, WRN-40-2 and others",
  settings: {
    depth: setting.int(16, { min: 10, max: 100, step: 6 }, "layers with weights, 6n + 4"),
    widen: setting.int(4, { min: 1, max: 20 }, "multiplier of the stages' channels"),
    width: setting.int(16, { min: 2, max: 64 }, "channels of the stem"),
    dropout: setting.real(0, { min: 0, max: 0.9 }, "between the convolutions of a block, while training"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "sgd",
    learningRate: 0.05,
    weightDecay: 5e-4,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("wide-resnet", 8),
  build(g, features, { depth, widen, width, dropout: rate }, outputs) {
    let h = g.scope("stem", () => conv2d(g, imageOf("wide-resnet", features), width, { kernel: 3 }));
    for (let stage = 0; stage < 3; stage++) {
      for (let n = 0; n < (depth - 4) / 6; n++) {
        const stride = stage > 0 && n === 0 ? 2 : 1;
        h = g.scope(`stage${stage + 1}/block${n + 1}`, () =>
          preActivationBlock(g, h, (width * widen) << stage, stride, rate),
        );
      }
    }
    const normed = g.scope("norm", () => g.Relu(batchNorm(g, h)));
    return g.scope("classifier", () => linear(g, globalAveragePool(g, normed), outputs));
  },
  example: { settings: { depth: 10, widen: 2, width: 2 }, input: [3, 8, 8], outputs: 3 },
  facts: [
    {
      input: [3, 32, 32],
      outputs: 10,
      params: 2_748_890,
      source: "WRN-16-4: published as 2.8 M (table 3 and the authors' repository); counted by hand",
    },
    {
      settings: { depth: 28, widen: 10 },
      input: [3, 32, 32],
      outputs: 10,
      params: 36_479_194,
      macs: 5_243_328_768,
      published: { macs: 5.24e9 },
      source: "WRN-28-10: published as 36.5 M (table 3), 5.2 G multiply-adds; counted by hand",
    },
  ],
});

function preActivationBlock(g: NetworkBuilder, x: Value, out: number, stride: number, rate: number): Value {
  const active = g.scope("first", () => g.Relu(batchNorm(g, x)));
  const inner = g.scope("first", () => conv2d(g, active, out, { kernel: 3, stride }));
  const outer = g.scope("second", () => {
    const h = dropout(g, g.Relu(batchNorm(g, inner)), rate);
    return conv2d(g, h, out, { kernel: 3 });
  });
  if (stride === 1 && fixedDim(x, 1) === out) return g.Add(outer, x);
  return g.Add(
    outer,
    g.scope("shortcut", () => conv2d(g, active, out, { kernel: 1, stride })),
  );
}
