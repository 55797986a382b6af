import type { Value } from "../ir/index.js";
import { conv2d, fixedDim, init, linear } from "../nn/index.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";

/**
 * LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II.B).
 * Departures, as in most later renderings: every map of C3 sees all maps of S2, pooling has no weights of its
 * own, tanh is not scaled, and the output is a linear layer instead of radial basis functions. Images of 28
 * pixels or less are padded by two in the first layer, which is how the digits got their 32 pixels.
 */
export const lenet5 = defineArchitecture({
  name: "lenet5",
  description: "The classic convolutional network for digits: two convolutions, three linear layers",
  settings: {},
  recipe: {
    batchSize: 32,
    optimizer: "adamw",
    learningRate: 2e-3,
    weightDecay: 1e-2,
    labelSmoothing: 0,
    warmupEpochs: 0.5,
  },
  accepts: imagesOnly("lenet5", 12),
  build(g, features, _, outputs) {
    const x = imageOf("lenet5", features);
    const small = Math.min(fixedDim(x, 2), fixedDim(x, 3)) <= 28;
    const layer = (name: string, h: Value, out: number, padding: number) =>
      g.scope(name, () => {
        const y = conv2d(g, h, out, { kernel: 5, padding, bias: true, init: init.glorotUniform });
        return g.AveragePool(g.Tanh(y), { kernel_shape: [2, 2], strides: [2, 2] });
      });
    const dense = (name: string, h: Value, out: number) =>
      g.scope(name, () => linear(g, h, out, { init: init.glorotUniform }));
    const maps = layer("c3", layer("c1", x, 6, small ? 2 : 0), 16, 0);
    // On 32 pixels C5 covers all that is left of the plane, so that it is the linear layer written here.
    const c5 = g.Tanh(dense("c5", g.Flatten(maps, { axis: 1 }), 120));
    return dense("output", g.Tanh(dense("f6", c5, 84)), outputs);
  },
  example: { input: [1, 12, 12], outputs: 4 },
  facts: [
    {
      input: [1, 32, 32],
      outputs: 10,
      params: 61_706,
      macs: 416_520,
      source: "156 + 2,416 + 48,120 + 10,164 + 850 weights with biases; the paper's C3 and output have fewer",
    },
    {
      input: [1, 28, 28],
      outputs: 10,
      params: 61_706,
      macs: 416_520,
      source: "as above, padded to 32 pixels",
    },
  ],
});
