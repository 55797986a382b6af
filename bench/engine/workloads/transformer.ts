import { embedding, encoderBlock, init, layerNorm, linear } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

const [VOCABULARY, LENGTH, WIDTH, HEADS, LAYERS] = [1000, 128, 128, 4, 4];

export const transformer: Workload = {
  name: "transformer",
  title: "transformer encoder, d 128, 4 layers, length 128, batch 16",
  batch: 16,
  inputs: [{ name: "tokens", dtype: "int64", shape: [LENGTH], below: VOCABULARY }],
  classes: 10,
  optimizer: "adamw",
  learningRate: 1e-3,
  productBound: true,
  body: (g, [tokens]) => {
    if (tokens === undefined) throw new Error("no input");
    const places = g.param("places", [LENGTH, WIDTH], { init: init.normal(0.02) });
    let h = g.Add(embedding(g, tokens, VOCABULARY, WIDTH), places);
    for (let i = 0; i < LAYERS; i++) h = g.scope(`layer${i + 1}`, () => encoderBlock(g, h, { heads: HEADS }));
    h = g.scope("norm", () => layerNorm(g, h));
    return g.scope("classifier", () => linear(g, g.ReduceMean(h, g.i64([1]), { keepdims: 0 }), 10));
  },
};
