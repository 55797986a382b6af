import { linear, lstm as lstmLayer } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

export const lstm: Workload = {
  name: "lstm",
  title: "LSTM 128, length 64, batch 32",
  batch: 32,
  inputs: [{ name: "x", dtype: "float32", shape: [64, 128] }],
  classes: 10,
  optimizer: "adamw",
  learningRate: 1e-3,
  productBound: true,
  body: (g, [x]) => {
    if (x === undefined) throw new Error("no input");
    const { hidden } = g.scope("lstm", () => lstmLayer(g, x, 128));
    return g.scope("classifier", () => linear(g, g.Squeeze(hidden, g.i64([0])), 10));
  },
};
