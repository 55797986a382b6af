/**
 * Train an architecture of the zoo and write it as ONNX. `morph train` does the same from a shell.
 *   node examples/run.js train-and-export [ARCHITECTURE DATA EPOCHS]
 */
import { openDataset } from "morphospace";
import { saveModel } from "morphospace/onnx";
import { ortNode } from "morphospace/runtime";
import { buildModel, exportModel, optimizerOf, problemOf, scheduleOf, Trainer } from "morphospace/train";
import { architectureBody, zooOf } from "morphospace/zoo";

const [name = "mlp", data = "penguins", epochs = "20"] = process.argv.slice(2);

await using dataset = await openDataset(data);
const architecture = zooOf(name);
const { recipe } = architecture;
const body = architectureBody(architecture, {});

await using trainer = await Trainer.create(ortNode, dataset, body, {
  batchSize: recipe.batchSize,
  optimizer: optimizerOf(recipe),
  seed: 0,
});
let weights = trainer.start();
for await (const report of trainer.train(weights, { epochs: Number(epochs), schedule: scheduleOf(recipe) })) {
  weights = report.checkpoint;
  console.log(report.epoch, report.trainLoss.toFixed(4), report.validation.score.toFixed(4));
}

// The inference form takes raw values of any number of examples; batch norms are folded into their neighbours.
const problem = problemOf(dataset);
const network = buildModel("model", problem, body, { training: false, batch: "N" });
await saveModel(`${name}.onnx`, exportModel(network, weights, problem));
const { score } = await trainer.evaluate(weights, "test");
console.log(`${name}.onnx: ${score.toFixed(4)} on test data`);
