import { cifarResnet } from "./cifar-resnet.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** The smallest residual network of the family in `cifar-resnet.ts`: one block a stage. */
export const resnet8 = defineArchitecture({
  name: "resnet8",
  description: "Residual network of 8 layers for small images, shortcuts without parameters",
  settings: { width: setting.int(16, { min: 2, max: 256 }, "channels of the first stage") },
  recipe: {
    batchSize: 64,
    optimizer: "sgd",
    learningRate: 0.1,
    weightDecay: 1e-4,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("resnet8"),
  build: (g, features, { width }, outputs) =>
    cifarResnet(g, imageOf("resnet8", features), { blocks: 1, width }, outputs),
  example: { settings: { width: 4 }, input: [1, 10, 8], outputs: 3 },
  facts: [
    {
      input: [3, 32, 32],
      outputs: 10,
      params: 75_290,
      macs: 12_239_488,
      source:
        "counted by hand: 464 in the stem, 4,672 + 13,952 + 55,552 in the stages, 650 in the classifier",
    },
  ],
});
