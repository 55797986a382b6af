/** A small training run, the same on every runtime: what it comes to is compared. */
import { datasetFromArrays } from "../data/portable.js";
import { adamW, batchNorm, conv2d, linear } from "../nn/index.js";
import type { Runtime } from "../runtime/portable.js";
import { type ModelBody, Trainer } from "../train/index.js";

export interface TrainingOutcome {
  readonly losses: readonly number[];
  readonly params: readonly number[];
}

const perceptron: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("the data are images");
  return g.scope("out", () => linear(g, g.Flatten(features.image, { axis: 1 }), outputs));
};

const convolutions: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("the data are images");
  const h = g.scope("stem", () =>
    g.Relu(batchNorm(g, conv2d(g, features.image, 6, { kernel: 3, padding: 1 }))),
  );
  const pooled = g.MaxPool(h, { kernel_shape: [2, 2], strides: [2, 2] });
  const deep = g.scope("deep", () => g.Relu(conv2d(g, pooled, 8, { kernel: 3, padding: 1, bias: true })));
  return g.scope("out", () => linear(g, g.Flatten(deep, { axis: 1 }), outputs));
};

/** Trains on 40 small pictures of bars; 6 steps, or 2 where `short`. */
export async function smallTraining(
  runtime: Runtime,
  kind: "perceptron" | "convolutions",
  options: { readonly short?: boolean } = {},
): Promise<TrainingOutcome> {
  const count = 40;
  const x = Uint8Array.from({ length: count * 64 }, (_, i) => {
    const [n, at] = [Math.floor(i / 64), i % 64];
    const along = n % 2 === 0 ? at % 8 : Math.floor(at / 8);
    return (along === n % 8 ? 200 : 20) + ((i * 31) % 17);
  });
  const y = Array.from({ length: count }, (_, n) => n % 2);
  const dataset = await datasetFromArrays({ x, shape: [8, 8], y });
  const body = kind === "perceptron" ? perceptron : convolutions;
  const settings = { batchSize: 16, optimizer: adamW(), seed: 7 };
  await using trainer = await Trainer.create(runtime, dataset, body, settings);
  const losses: number[] = [];
  let at = trainer.start();
  const cycle = { epochs: options.short ? 1 : 3, schedule: () => () => 0.01 };
  for await (const report of trainer.train(at, cycle)) {
    at = report.checkpoint;
    losses.push(report.trainLoss, report.validation.loss);
  }
  return { losses, params: [...at.params] };
}

/** Largest difference of two runs, relative to the largest number of its kind. */
export function outcomeDifference(a: TrainingOutcome, b: TrainingOutcome): number {
  const apart = (x: readonly number[], y: readonly number[]) => {
    const scale = Math.max(...x.map(Math.abs));
    return Math.max(...x.map((v, i) => Math.abs(v - (y[i] ?? Number.NaN)))) / scale;
  };
  return Math.max(apart(a.losses, b.losses), apart(a.params, b.params));
}
