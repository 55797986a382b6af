import { linear } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

export const mlp: Workload = {
  name: "mlp",
  title: "MLP 784-256-256-10, batch 128",
  batch: 128,
  inputs: [{ name: "x", dtype: "float32", shape: [784] }],
  classes: 10,
  optimizer: "adamw",
  learningRate: 1e-3,
  productBound: true,
  body: (g, [x]) => {
    if (x === undefined) throw new Error("no input");
    let h = x;
    for (const name of ["hidden1", "hidden2"]) h = g.Relu(g.scope(name, () => linear(g, h, 256)));
    return g.scope("output", () => linear(g, h, 10));
  },
};
