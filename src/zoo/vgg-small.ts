import { convBn, dropout, linear } from "../nn/index.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/**
 * A small network in the manner of VGG (Simonyan & Zisserman 2015, arXiv:1409.1556): three times two 3×3
 * convolutions and a 2×2 maximum, widths w, 2w, 4w, then one linear layer on all that is left. Departures: batch
 * normalisation after every convolution, one linear layer instead of three.
 */
export const vggSmall = defineArchitecture({
  name: "vgg-small",
  description: "Six plain 3×3 convolutions with maxima between, one linear layer",
  settings: {
    width: setting.int(32, { min: 2, max: 512 }, "channels of the first two convolutions"),
    dropout: setting.real(0.3, { min: 0, max: 0.9 }, "before the linear layer, while training"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 2e-3,
    weightDecay: 0.02,
    labelSmoothing: 0.05,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("vgg-small"),
  build(g, features, { width, dropout: rate }, outputs) {
    let h = imageOf("vgg-small", features);
    [width, 2 * width, 4 * width].forEach((channels, stage) => {
      for (const n of [1, 2]) {
        h = g.scope(`stage${stage + 1}/conv${n}`, () =>
          convBn(g, h, channels, { kernel: 3, activation: "relu" }),
        );
      }
      h = g.MaxPool(h, { kernel_shape: [2, 2], strides: [2, 2] });
    });
    return g.scope("classifier", () => linear(g, dropout(g, g.Flatten(h, { axis: 1 }), rate), outputs));
  },
  example: { settings: { width: 4 }, input: [3, 8, 10], outputs: 3 },
  facts: [
    {
      input: [3, 32, 32],
      outputs: 10,
      params: 307_946,
      macs: 38_653_952,
      source: "counted by hand: 286,560 in kernels, 896 in normalisation, 20,490 in the classifier",
    },
  ],
});
