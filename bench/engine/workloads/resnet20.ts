import { resnet20 as architecture, architectureBody, problemOfShape } from "../../../src/zoo/index.js";
import type { Workload } from "../workload.js";

const network = architectureBody(architecture);
const problem = problemOfShape([3, 32, 32], 10);

export const resnet20: Workload = {
  name: "resnet20",
  title: "ResNet-20, 32×32, batch 64",
  batch: 64,
  inputs: [{ name: "image", dtype: "float32", shape: [3, 32, 32] }],
  classes: 10,
  optimizer: "sgd",
  learningRate: 0.02,
  productBound: false,
  body: (g, [image]) => {
    if (image === undefined) throw new Error("no input");
    return network(g, { kind: "image", image }, 10, new Map(), problem);
  },
};
