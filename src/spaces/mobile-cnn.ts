import { fail, issue } from "../base/index.js";
import { convBn, dropout, globalAveragePool, invertedResidual, linear } from "../nn/index.js";
import { s } from "../schema/index.js";
import { defineSpace } from "./define.js";

const stage = s.object({
  kind: s.oneOf(["inverted-residual", "conv"], { weights: [3, 1] }).describe("block of the stage"),
  blocks: s.int({ min: 1, max: 3 }).describe("blocks in a row"),
  width: s.int({ min: 8, max: 96, step: 8, log: true }).describe("output channels"),
  kernel: s.oneOf([3, 5], { weights: [3, 1] }).describe("side of the (depthwise) kernel"),
  expansion: s.oneOf([1, 2, 3, 4, 6]).describe("channels inside an inverted residual, relative to its input"),
  squeezeExcite: s.oneOf([false, true], { weights: [2, 1] }).describe("channel gates"),
  stride: s.oneOf([1, 2], { weights: [1, 2] }).describe("of the stage's first block"),
});

/**
 * Small convolutional networks for images after MobileNetV2 and V3 (Sandler et al. 2018, Howard et al. 2019):
 * a stem, two to four stages of inverted residuals or plain convolutions, a 1×1 head, average pooling, one
 * linear layer. Widths, depths, kernels, expansion, gates, activation and the plan of strides are decisions.
 */
export const mobileCnn = defineSpace({
  name: "mobile-cnn",
  version: 1,
  description: "Small image networks: stem, stages of inverted residuals or convolutions, head",
  schema: s.object({
    stem: s.object({
      width: s.oneOf([8, 12, 16, 24, 32]).describe("channels"),
      stride: s.oneOf([1, 2], { weights: [1, 4] }),
    }),
    stages: s.repeat(stage, { min: 2, max: 4 }).describe("from fine to coarse"),
    head: s
      .oneOf([0, 48, 64, 96, 128])
      .describe("channels of the 1×1 convolution before pooling; 0 for none"),
    activation: s.oneOf(["relu", "hard-swish", "silu"], { weights: [2, 1, 1] }),
    dropout: s.oneOf([0, 0.1, 0.2]),
  }),
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 8e-3,
    weightDecay: 0.02,
    labelSmoothing: 0.05,
    warmupEpochs: 0.5,
  },
  accepts: ({ preprocessing }) =>
    preprocessing.kind === "image"
      ? undefined
      : issue("space_input", {
          path: "mobile-cnn",
          expected: "images",
          received: preprocessing.kind === "table" ? "a table" : "plain arrays",
          hint: "use --space tabular-mlp",
        }),
  build(g, features, genotype, outputs) {
    if (features.kind !== "image") fail("space_input", { path: "mobile-cnn", expected: "images" });
    const { activation } = genotype;
    let h = g.scope("stem", () =>
      convBn(g, features.image, genotype.stem.width, { kernel: 3, stride: genotype.stem.stride, activation }),
    );
    genotype.stages.forEach((it, i) => {
      g.scope(`stage${i + 1}`, () => {
        for (let b = 0; b < it.blocks; b++) {
          const stride = b === 0 ? it.stride : 1;
          h = g.scope(`block${b + 1}`, () =>
            it.kind === "conv"
              ? convBn(g, h, it.width, { kernel: it.kernel, stride, activation })
              : invertedResidual(g, h, it.width, {
                  kernel: it.kernel,
                  stride,
                  expansion: it.expansion,
                  squeezeExcite: it.squeezeExcite,
                  activation,
                }),
          );
        }
      });
    });
    if (genotype.head > 0) h = g.scope("head", () => convBn(g, h, genotype.head, { kernel: 1, activation }));
    return g.scope("classifier", () =>
      linear(g, dropout(g, globalAveragePool(g, h), genotype.dropout), outputs),
    );
  },
});
