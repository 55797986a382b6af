import { kanLinear } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

export const kan: Workload = {
  name: "kan",
  title: "KAN 64-64-10 (cubic splines, 5 intervals), batch 128",
  batch: 128,
  inputs: [{ name: "x", dtype: "float32", shape: [64] }],
  classes: 10,
  optimizer: "adamw",
  learningRate: 1e-3,
  productBound: false,
  body: (g, [x]) => {
    if (x === undefined) throw new Error("no input");
    const h = g.scope("layer1", () => kanLinear(g, x, 64));
    return g.scope("layer2", () => kanLinear(g, h, 10));
  },
};
