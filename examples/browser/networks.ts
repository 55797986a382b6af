/** The networks of the page: the classifier, and the two that are timed beside TensorFlow.js. */
import { type ModelBody, nn } from "morphospace/browser";

/** Two stages of 3 × 3 convolutions with batch norm and pooling, then two linear layers: 52,000 weights. */
export const classifier: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("digits are images");
  const stage = (name: string, x: typeof features.image, width: number) =>
    g.scope(name, () => {
      const h = g.Relu(nn.batchNorm(g, nn.conv2d(g, x, width, { kernel: 3, padding: 1 })));
      return g.MaxPool(h, { kernel_shape: [2, 2], strides: [2, 2] });
    });
  const maps = stage("stage2", stage("stage1", features.image, 8), 16);
  const h = g.scope("hidden", () => g.Relu(nn.linear(g, g.Flatten(maps, { axis: 1 }), 64)));
  return g.scope("output", () => nn.linear(g, h, outputs));
};

/** 784-256-256-10. */
export const perceptron: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("digits are images");
  let h = g.Flatten(features.image, { axis: 1 });
  for (const layer of ["layer1", "layer2"]) h = g.scope(layer, () => g.Relu(nn.linear(g, h, 256)));
  return g.scope("output", () => nn.linear(g, h, outputs));
};

/** Two convolutions of 3 × 3 with 16 and 32 channels, pooled by two, and a linear layer. */
export const convolutions: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("digits are images");
  let h = features.image;
  for (const width of [16, 32]) {
    h = g.scope(`conv${width}`, () => g.Relu(nn.conv2d(g, h, width, { kernel: 3, padding: 1, bias: true })));
    h = g.MaxPool(h, { kernel_shape: [2, 2], strides: [2, 2] });
  }
  return g.scope("output", () => nn.linear(g, g.Flatten(h, { axis: 1 }), outputs));
};

export const WORKLOADS = {
  mlp: { body: perceptron, batchSize: 128, title: "MLP 784-256-256-10, batch 128" },
  cnn: { body: convolutions, batchSize: 64, title: "CNN 3×3, 16 and 32 channels, batch 64" },
} as const;
