/**
 * A small network learns from a larger one: from its probabilities at a temperature, and from its features.
 *   node examples/run.js distillation [EPOCHS]
 */
import { openDataset } from "morphospace";
import type { Value } from "morphospace/ir";
import { adamW, correctCount, cosine, crossEntropy, linear, type NetworkBuilder } from "morphospace/nn";
import { ortNode } from "morphospace/runtime";
import {
  distillationLoss,
  evaluation,
  featureLoss,
  phase,
  streamOfSplit,
  teacherOf,
  fit as train,
} from "morphospace/train";

const [epochs = "3"] = process.argv.slice(2);
await using dataset = await openDataset("mnist");
const [image = { name: "image", dtype: "uint8", shape: [1, 28, 28] }] = dataset.inputs;
const [training, validation] = [streamOfSplit(dataset, "train"), streamOfSplit(dataset, "validation")];

interface Batch {
  readonly [field: string]: Value;
}
const pixels = (g: NetworkBuilder, x: Value) =>
  g.Flatten(g.Mul(g.Cast(x, { to: 1 }), g.scalar(1 / 255)), { axis: 1 });
const perceptron = (width: number) => (g: NetworkBuilder, x: Value) => {
  const features = g.scope("features", () => g.Relu(linear(g, pixels(g, x), width)));
  return { logits: g.scope("out", () => linear(g, features, 10)), features };
};
const field = (batch: Batch, name: string): Value => {
  const value = batch[name];
  if (value === undefined) throw new Error(`no field ${name}`);
  return value;
};
const accuracy = (g: NetworkBuilder, logits: Value, labels: Value) =>
  g.Div(correctCount(g, logits, labels), g.Cast(g.Squeeze(g.Shape(labels), g.i64([0])), { to: 1 }));

async function run(name: string, width: number, teacher?: ReturnType<typeof teacherOf>) {
  const network = perceptron(width);
  const result = await train(ortNode, {
    phases: phase({
      data: training,
      batchSize: 64,
      network: (g, batch) => {
        const x = field(batch, "image");
        return { ...network(g, x), taught: teacher?.apply(g, { image: x }) };
      },
      loss(g, { logits, features, taught }, batch) {
        const labels = field(batch, "target");
        const [soft, hint] = [taught?.logits, taught?.features];
        if (soft === undefined || hint === undefined) return crossEntropy(g, logits, labels);
        const matching = g.scope("hint", () => featureLoss(g, features, hint));
        const learned = distillationLoss(g, logits, soft, labels, { temperature: 4, weight: 0.7 });
        return { loss: g.Add(learned, g.Mul(matching, g.scalar(0.1))), matching };
      },
      optimizer: adamW(),
      schedule: cosine(2e-3),
    }),
    evaluations: evaluation({
      data: validation,
      network: (g, batch) => network(g, field(batch, "image")),
      metrics: (g, { logits }, batch) => ({ accuracy: accuracy(g, logits, field(batch, "target")) }),
    }),
    epochs: Number(epochs),
  });
  const score = Number(result.epochs.at(-1)?.evaluations.validation?.accuracy);
  console.log(`${name} (width ${width}): ${(100 * score).toFixed(1)} % of the validation examples`);
  return result.toModel([image], (g, [x]) => network(g, x as Value));
}

const model = await run("teacher", 128);
await run("student alone", 8);
await run("student, taught", 8, teacherOf(model));
