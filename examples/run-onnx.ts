/**
 * Use an exported network with onnxruntime-node alone: raw values in, probabilities out. Only the test data come
 * from Morphospace here.
 *   node examples/run.js run-onnx .morph/penguins-1/best.onnx penguins
 */
import { openDataset } from "morphospace";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [file = "mlp.onnx", data = "penguins"] = process.argv.slice(2);
const session = await InferenceSession.create(file);

await using dataset = await openDataset(data);
const { test } = dataset.splits;
const batch = await test.read(Array.from({ length: test.length }, (_, i) => i));
const feeds: Record<string, Tensor> = {};
for (const { name, dtype, shape } of dataset.inputs) {
  feeds[name] = new Tensor(dtype, batch.inputs[name] ?? [], [batch.length, ...shape]);
}

const { probabilities } = await session.run(feeds);
const [rows = 0, classes = 0] = probabilities?.dims ?? [];
let right = 0;
for (let i = 0; i < rows; i++) {
  const row = Array.from(probabilities?.data.slice(i * classes, (i + 1) * classes) ?? [], Number);
  if (row.indexOf(Math.max(...row)) === batch.target[i]) right++;
}
console.log(`${right} of ${rows} right`);
await session.release();
