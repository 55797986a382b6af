import { feedForward, globalTokenMean, layerNorm, linear, patchEmbedding, residual } from "../nn/index.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/**
 * MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601): two-layer networks over the places of a channel and over the
 * channels of a place, in turn. The defaults are S/16.
 */
export const mlpMixer = defineArchitecture({
  name: "mlp-mixer",
  description: "Patches mixed by small networks, over places and over channels in turn",
  settings: {
    patch: setting.int(16, { min: 1, max: 64 }, "side of a patch, in pixels"),
    width: setting.int(512, { min: 2, max: 2048 }, "channels of a token"),
    depth: setting.int(8, { min: 1, max: 48 }, "blocks"),
    tokens: setting.int(256, { min: 2, max: 4096 }, "inner width of the networks over places"),
    channels: setting.int(2048, { min: 2, max: 8192 }, "inner width of the networks over channels"),
    dropPath: setting.real(0, { min: 0, max: 0.9 }, "stochastic depth of each branch, while training"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 1e-3,
    weightDecay: 0.05,
    labelSmoothing: 0.1,
    warmupEpochs: 2,
  },
  accepts: imagesOnly("mlp-mixer", 4),
  build(g, features, s, outputs) {
    let h = patchEmbedding(g, imageOf("mlp-mixer", features), s.width, s.patch);
    const options = { dropPath: s.dropPath };
    for (let i = 0; i < s.depth; i++) {
      h = g.scope(`block${i + 1}/tokens`, () =>
        residual(
          g,
          h,
          (x) => {
            const across = g.Transpose(layerNorm(g, x, { epsilon: 1e-6 }), { perm: [0, 2, 1] });
            return g.Transpose(feedForward(g, across, { hidden: s.tokens }), { perm: [0, 2, 1] });
          },
          options,
        ),
      );
      h = g.scope(`block${i + 1}/channels`, () =>
        residual(
          g,
          h,
          (x) => feedForward(g, layerNorm(g, x, { epsilon: 1e-6 }), { hidden: s.channels }),
          options,
        ),
      );
    }
    const normed = g.scope("norm", () => layerNorm(g, h, { epsilon: 1e-6 }));
    return g.scope("classifier", () => linear(g, globalTokenMean(g, normed), outputs));
  },
  example: {
    settings: { patch: 4, width: 6, depth: 2, tokens: 5, channels: 8 },
    input: [3, 8, 8],
    outputs: 3,
  },
  facts: [
    {
      input: [3, 224, 224],
      outputs: 1000,
      params: 18_528_264,
      macs: 3_776_958_464,
      published: { macs: 3.79e9 },
      source: "S/16, table 1: 18 M; timm's published parameter count and multiply-adds",
    },
    {
      settings: { width: 768, depth: 12, tokens: 384, channels: 3072 },
      input: [3, 224, 224],
      outputs: 1000,
      params: 59_880_472,
      published: { macs: 12.62e9 },
      source: "B/16, table 1: 59 M; timm's published parameter count and multiply-adds",
    },
  ],
});
