import { cifarResnet } from "./cifar-resnet.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** ResNet-20 for small images; see `cifar-resnet.ts`. */
export const resnet20 = defineArchitecture({
  name: "resnet20",
  description: "Residual network of 20 layers for small images, shortcuts without parameters",
  settings: { width: setting.int(16, { min: 2, max: 256 }, "channels of the first stage") },
  recipe: {
    batchSize: 128,
    optimizer: "sgd",
    learningRate: 0.1,
    weightDecay: 1e-4,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("resnet20"),
  build: (g, features, { width }, outputs) =>
    cifarResnet(g, imageOf("resnet20", features), { blocks: 3, width }, outputs),
  example: { settings: { width: 4 }, input: [3, 9, 9], outputs: 4 },
  facts: [
    {
      input: [3, 32, 32],
      outputs: 10,
      params: 269_722,
      macs: 40_551_040,
      source: "He et al. 2015, table 6, has 0.27 M parameters; both numbers counted by hand",
    },
  ],
});
