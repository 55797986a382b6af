/**
 * Two networks that train against each other on two streams: a generator learns to draw numbers like the data's, a
 * critic to tell which is which (Goodfellow et al. 2014, with the generator's loss of section 3).
 *   node examples/run.js two-phases [EPOCHS]
 */
import { tensor, type Value } from "morphospace/ir";
import { adam, constant, linear, type NetworkBuilder } from "morphospace/nn";
import { ortNode } from "morphospace/runtime";
import { phase, streamOf, fit as train } from "morphospace/train";

const [epochs = "60"] = process.argv.slice(2);
const [count, batchSize, mean, spread] = [1024, 64, 3, 0.5];

/** Normal numbers by Box and Muller from a sequence without randomness, so that every run is the same. */
const uniform = (i: number) => (i * 0.618_033_988_75 + 0.5) % 1;
const normal = (i: number) =>
  Math.sqrt(-2 * Math.log(1 - uniform(i))) * Math.cos(2 * Math.PI * uniform(7 * i + 3));
const real = streamOf({
  x: tensor(
    "float32",
    [count, 1],
    Array.from({ length: count }, (_, i) => mean + spread * normal(i)),
  ),
});

const generate = (g: NetworkBuilder) =>
  g.shared("generator", () => {
    const seeds = g.Mul(g.Sub(g.random([batchSize, 1]), g.scalar(0.5)), g.scalar(4));
    const hidden = g.shared("hidden", () => g.Tanh(linear(g, seeds, 16)));
    return g.shared("out", () => linear(g, hidden, 1));
  });
const judge = (g: NetworkBuilder, x: Value) =>
  g.shared("critic", () => {
    const hidden = g.shared("hidden", () => g.LeakyRelu(linear(g, x, 16), { alpha: 0.2 }));
    return g.shared("out", () => linear(g, hidden, 1));
  });
/** −log σ(±logit), the mean: how surprised the critic is. */
const surprise = (g: NetworkBuilder, logits: Value, isReal: boolean) =>
  g.ReduceMean(g.Softplus(isReal ? g.Neg(logits) : logits), undefined, { keepdims: 0 });
const average = (g: NetworkBuilder, x: Value) => g.ReduceMean(x, undefined, { keepdims: 0 });

const result = await train(ortNode, {
  phases: [
    phase({
      name: "critic",
      data: real,
      batchSize,
      network: (g, { x }) => ({ real: judge(g, x), drawn: judge(g, generate(g)) }),
      loss: (g, it) => g.Add(surprise(g, it.real, true), surprise(g, it.drawn, false)),
      parameters: "critic/",
      optimizer: adam({ beta1: 0.5 }),
      schedule: constant(5e-3),
    }),
    phase({
      name: "generator",
      data: undefined,
      network: (g) => generate(g),
      loss: (g, drawn) => ({ loss: surprise(g, judge(g, drawn), true), mean: average(g, drawn) }),
      parameters: "generator/",
      optimizer: adam({ beta1: 0.5 }),
      schedule: constant(2e-3),
    }),
  ],
  epochs: Number(epochs),
  seed: 1,
});
const drawn = result.epochs.at(-1)?.phases.generator?.mean;
console.log(`the data's mean is ${mean}, the generator's ${Number(drawn).toFixed(2)}`);
