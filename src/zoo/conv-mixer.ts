import type { Value } from "../ir/index.js";
import { activation, batchNorm, conv2d, globalAveragePool, linear } from "../nn/index.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/**
 * ConvMixer (Trockman & Kolter 2022, arXiv:2201.09792, figure 2): patches as one strided convolution, then blocks
 * of a residual depthwise convolution and a 1×1 convolution, each followed by GELU and batch normalisation.
 */
export const convMixer = defineArchitecture({
  name: "conv-mixer",
  description: "Patches mixed in space by depthwise and in channels by 1×1 convolutions",
  settings: {
    width: setting.int(64, { min: 2, max: 2048 }, "channels throughout"),
    depth: setting.int(4, { min: 1, max: 64 }, "blocks"),
    patch: setting.int(2, { min: 1, max: 32 }, "side of a patch, in pixels"),
    kernel: setting.int(5, { min: 1, max: 15, step: 2 }, "side of the depthwise kernels"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 4e-3,
    weightDecay: 0.02,
    labelSmoothing: 0.05,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("conv-mixer"),
  build(g, features, { width, depth, patch, kernel }, outputs) {
    const finish = (h: Value) => batchNorm(g, activation(g, h, "gelu"));
    let h = g.scope("patches", () =>
      finish(
        conv2d(g, imageOf("conv-mixer", features), width, {
          kernel: patch,
          stride: patch,
          padding: 0,
          bias: true,
        }),
      ),
    );
    for (let i = 0; i < depth; i++) {
      h = g.scope(`block${i + 1}`, () => {
        const inSpace = g.scope("space", () =>
          finish(conv2d(g, h, width, { kernel, groups: width, bias: true })),
        );
        const mixed = g.Add(h, inSpace);
        return g.scope("channels", () => finish(conv2d(g, mixed, width, { kernel: 1, bias: true })));
      });
    }
    return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
  },
  example: { settings: { width: 6, depth: 2, kernel: 3 }, input: [3, 8, 8], outputs: 3 },
  facts: [
    {
      settings: { width: 768, depth: 32, patch: 7, kernel: 7 },
      input: [3, 224, 224],
      outputs: 1000,
      params: 21_110_248,
      source: "ConvMixer-768/32, published as 21.1 M parameters (table 1)",
    },
  ],
});
