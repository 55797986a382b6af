import {
  classToken,
  dropout,
  dropPathRates,
  encoderBlock,
  fixedDim,
  init,
  layerNorm,
  learnedPositions,
  linear,
  patchEmbedding,
  tokenAt,
} from "../nn/index.js";
import { defineArchitecture, type Fact } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

const timm =
  "timm's published parameter count and multiply-adds; products of attention are counted, which some leave out";
const fact = (settings: Fact["settings"], params: number, gigaMacs: number, source = timm): Fact => ({
  settings,
  input: [3, 224, 224],
  outputs: 1000,
  params,
  published: { macs: gigaMacs * 1e9 },
  source,
});

/**
 * Vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929; the Ti, S and B shapes of DeiT, Touvron et al. 2021,
 * arXiv:2012.12877): patches, a class token, learned positions, pre-norm blocks. The defaults are Ti/16. `distilled` adds
 * DeiT's second token and classifier; the prediction is the mean of both, as the paper's inference is.
 */
export const vit = defineArchitecture({
  name: "vit",
  description: "Vision transformer: patches as tokens, a class token, blocks of attention; also DeiT",
  settings: {
    patch: setting.int(16, { min: 1, max: 64 }, "side of a patch, in pixels"),
    width: setting.int(192, { min: 4, max: 2048 }, "channels of a token"),
    depth: setting.int(12, { min: 1, max: 48 }, "blocks"),
    heads: setting.int(3, { min: 1, max: 32 }, "heads of attention"),
    mlp: setting.real(4, { min: 0.5, max: 8 }, "width of the inner layers, as a multiple of `width`"),
    distilled: setting.flag(false, "a second token with a classifier of its own (DeiT)"),
    dropout: setting.real(0, { min: 0, max: 0.9 }, "of branches and inner layers, while training"),
    dropPath: setting.real(
      0.1,
      { min: 0, max: 0.9 },
      "stochastic depth of the last block; the first has none",
    ),
  },
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 1e-3,
    weightDecay: 0.05,
    labelSmoothing: 0.1,
    warmupEpochs: 2,
  },
  accepts: imagesOnly("vit", 4),
  build(g, features, s, outputs) {
    const image = imageOf("vit", features);
    const small = init.truncatedNormal(0.02);
    let h = patchEmbedding(g, image, s.width, s.patch);
    h = learnedPositions(g, classToken(g, h, s.distilled ? 2 : 1));
    h = dropout(g, h, s.dropout);
    dropPathRates(s.dropPath, s.depth).forEach((rate, i) => {
      h = g.scope(`block${i + 1}`, () =>
        encoderBlock(g, h, {
          heads: s.heads,
          hidden: Math.round(s.mlp * fixedDim(h, 2)),
          normEpsilon: 1e-6,
          dropout: s.dropout,
          dropPath: rate,
          init: small,
        }),
      );
    });
    const normed = g.scope("norm", () => layerNorm(g, h, { epsilon: 1e-6 }));
    const classify = (name: string, place: number) =>
      g.scope(name, () => linear(g, tokenAt(g, normed, place), outputs, { init: small }));
    const logits = classify("classifier", 0);
    if (!s.distilled) return logits;
    return g.Mul(g.Add(logits, classify("distilled_classifier", 1)), g.scalar(0.5));
  },
  example: {
    settings: { patch: 4, width: 8, depth: 2, heads: 2, dropPath: 0 },
    input: [3, 8, 8],
    outputs: 3,
  },
  facts: [
    fact({}, 5_717_416, 1.26),
    fact({ width: 384, heads: 6 }, 22_050_664, 4.61),
    fact({ width: 768, heads: 12 }, 86_567_656, 17.58, `ViT-B/16: ${timm}`),
    fact({ distilled: true }, 5_910_800, 1.27, `DeiT-Ti with distillation: ${timm}`),
  ],
});
