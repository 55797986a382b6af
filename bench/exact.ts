/**
 * Scores an exported file with ONNX Runtime alone on raw test data, and compares with what a search reported:
 * npm run bench -- exact STUDY_DIR DATA [TARGET]
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ort from "onnxruntime-node";
import { openDataset } from "../src/data/index.js";

const [study = "", data = "mnist", target] = process.argv.slice(2);
const card: { metrics: { test: number; testCorrect?: number }; seed: number } = JSON.parse(
  await readFile(join(study, "card.json"), "utf8"),
);
await using dataset = await openDataset(data, { target, seed: card.seed });
const { test } = dataset.splits;
const batch = await test.read(Array.from({ length: test.length }, (_, i) => i));
const session = await ort.InferenceSession.create(join(study, "best.onnx"));
const feeds: Record<string, ort.Tensor> = {};
for (const spec of dataset.inputs) {
  const values = batch.inputs[spec.name];
  if (values === undefined) throw new Error(`no input ${spec.name}`);
  feeds[spec.name] = new ort.Tensor(spec.dtype as "float32", values as Float32Array, [
    batch.length,
    ...spec.shape,
  ]);
}
const out = (await session.run(feeds))[session.outputNames[0] ?? ""];
const scores = out?.data as Float32Array;
await session.release();
if (dataset.task.kind === "classification") {
  const classes = dataset.task.classes.length;
  let correct = 0;
  for (let i = 0; i < batch.length; i++) {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === batch.target[i]) correct++;
  }
  console.log(
    JSON.stringify({ reported: card.metrics.testCorrect, measured: correct, examples: batch.length }),
  );
  process.exitCode = correct === card.metrics.testCorrect ? 0 : 1;
} else {
  let mean = 0;
  for (const y of batch.target) mean += y / batch.length;
  let squared = 0;
  let total = 0;
  batch.target.forEach((y, i) => {
    squared += (y - (scores[i] ?? 0)) ** 2;
    total += (y - mean) ** 2;
  });
  const r2 = 1 - squared / total;
  console.log(JSON.stringify({ reported: card.metrics.test, measured: r2 }));
  process.exitCode = Math.abs(r2 - card.metrics.test) < 1e-6 ? 0 : 1;
}
