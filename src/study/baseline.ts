import type { Dataset } from "../data/index.js";
import { adamW, linear, warmupCosine } from "../nn/index.js";
import type { Runtime } from "../runtime/index.js";
import { type Features, type ModelBody, Trainer } from "../train/index.js";

/**
 * What any model has to beat on the test split: always the most frequent class (or the mean), and a linear model
 * on the same features (softmax or least squares with weight decay, trained by AdamW to convergence on the training
 * split; the epoch with the best validation score counts).
 */
export async function measureBaselines(
  runtime: Runtime,
  dataset: Dataset,
  seed: number,
  signal?: AbortSignal,
): Promise<{ readonly constant: number; readonly linear: number }> {
  const { train, test } = dataset.splits;
  const options = { batchSize: 64, optimizer: adamW({ weightDecay: 0.01 }), seed };
  await using trainer = await Trainer.create(runtime, dataset, linearBody, options, signal);
  // About 2,000 steps, whatever the size of the data.
  const epochs = Math.max(3, Math.min(200, Math.round(2000 / trainer.stepsPerEpoch)));
  let best: { score: number; test: number } | undefined;
  const cycle = { epochs, schedule: (perEpoch: number) => warmupCosine(0.02, Math.min(20, perEpoch)) };
  for await (const { validation, checkpoint } of trainer.train(trainer.start(), cycle, signal)) {
    if (best !== undefined && validation.score <= best.score) continue;
    best = { score: validation.score, test: (await trainer.evaluate(checkpoint, "test", signal)).score };
  }
  return { constant: constantScore(dataset, train.targets, test.targets), linear: best?.test ?? 0 };
}

function constantScore(dataset: Dataset, train: ArrayLike<number>, test: ArrayLike<number>): number {
  if (dataset.task.kind === "classification") {
    const counts = new Array<number>(dataset.task.classes.length).fill(0);
    for (const y of Array.from(train)) counts[y] = (counts[y] ?? 0) + 1;
    const top = counts.indexOf(Math.max(...counts));
    return Array.from(test).filter((y) => y === top).length / Math.max(1, test.length);
  }
  const values = Array.from(test);
  const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  const { mean: guess } = dataset.task;
  const total = values.reduce((sum, y) => sum + (y - mean) ** 2, 0);
  return 1 - values.reduce((sum, y) => sum + (y - guess) ** 2, 0) / Math.max(total, 1e-12);
}

const linearBody: ModelBody = (g, features: Features, outputs) => {
  if (features.kind === "image")
    return g.scope("linear", () => linear(g, g.Flatten(features.image, { axis: 1 }), outputs));
  if (features.kind === "plain") {
    const x = features.x.rank === 2 ? features.x : g.Flatten(features.x, { axis: 1 });
    return g.scope("linear", () => linear(g, x, outputs));
  }
  const onOff = g.constant({ dtype: "float32", dims: [2], data: Float32Array.of(0, 1) });
  const parts = features.categorical.map(({ codes, count }) =>
    g.OneHot(codes, g.i64([count]), onOff, { axis: -1 }),
  );
  if (features.numeric !== undefined) parts.unshift(features.numeric);
  const [only] = parts;
  const x = parts.length === 1 && only !== undefined ? only : g.Concat(parts, { axis: 1 });
  return g.scope("linear", () => linear(g, x, outputs));
};
