import type { Value } from "../../../src/ir/index.js";
import { embedding, init, layerNorm, linear, type NetworkBuilder } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

const [VOCABULARY, LENGTH, WIDTH, HEADS, INNER, LAYERS] = [1000, 128, 128, 4, 512, 4];

/** Pre-norm encoder layer: heads of equal width, queries, keys and values from one product. */
function encoderLayer(g: NetworkBuilder, x: Value): Value {
  const batch = x.dims[0] ?? 1;
  const attended = g.scope("attention", () => {
    const h = g.scope("norm", () => layerNorm(g, x));
    const joint = g.scope("in", () => linear(g, h, 3 * WIDTH, { init: init.glorotUniform }));
    const split = g.Reshape(joint, g.i64([batch, LENGTH, 3, HEADS, WIDTH / HEADS]));
    const [q, k, v] = g.Split(g.Transpose(split, { perm: [2, 0, 3, 1, 4] }), g.i64([1, 1, 1]), { axis: 0 });
    if (q === undefined || k === undefined || v === undefined) throw new Error("three parts");
    const shape = g.i64([batch, HEADS, LENGTH, WIDTH / HEADS]);
    const [queries, keys, values] = [q, k, v].map((part) => g.Reshape(part, shape)) as [Value, Value, Value];
    const scores = g.MatMul(queries, g.Transpose(keys, { perm: [0, 1, 3, 2] }));
    const weights = g.Softmax(g.Mul(scores, g.scalar(Math.sqrt(HEADS / WIDTH))), { axis: -1 });
    const mixed = g.Transpose(g.MatMul(weights, values), { perm: [0, 2, 1, 3] });
    return g.scope("out", () => linear(g, g.Reshape(mixed, g.i64([batch, LENGTH, WIDTH])), WIDTH));
  });
  const middle = g.Add(x, attended);
  const moved = g.scope("feed_forward", () => {
    const h = g.scope("norm", () => layerNorm(g, middle));
    const inner = g.Gelu(g.scope("in", () => linear(g, h, INNER)));
    return g.scope("out", () => linear(g, inner, WIDTH));
  });
  return g.Add(middle, moved);
}

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
    for (let i = 0; i < LAYERS; i++) h = g.scope(`layer${i + 1}`, () => encoderLayer(g, h));
    h = g.scope("norm", () => layerNorm(g, h));
    return g.scope("classifier", () => linear(g, g.ReduceMean(h, g.i64([1]), { keepdims: 0 }), 10));
  },
};
