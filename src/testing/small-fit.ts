/** A small run of `fit`, the same on every runtime: two phases on two streams, with an evaluation inside. */
import { rngOf } from "../base/index.js";
import { tensor, type Value } from "../ir/index.js";
import { adamW, constant, crossEntropy, linear, type NetworkBuilder, sgd } from "../nn/index.js";
import type { Runtime } from "../runtime/portable.js";
import { evaluation, phase, streamOf, fit as train } from "../train/index.js";
import type { TrainingOutcome } from "./small-training.js";

/** Two noisy clusters in four dimensions. */
function clusters(length: number, seed: number) {
  const rng = rngOf(seed, "clusters");
  const labels = Array.from({ length }, (_, i) => i % 2);
  const x = labels.flatMap((label) => Array.from({ length: 4 }, () => rng.normal() + 2 * label - 1));
  return streamOf({ x: tensor("float32", [length, 4], x), y: tensor("int32", [length], labels) });
}

type Fields = Record<"x" | "y", Value>;
const network = (g: NetworkBuilder, { x }: Fields) => {
  const h = g.scope("hidden", () => g.Relu(linear(g, x, 8)));
  return g.scope("out", () => linear(g, h, 2));
};
const loss = (g: NetworkBuilder, logits: Value, { y }: Fields) => crossEntropy(g, logits, y);

/** Two epochs of it; losses of both phases and of the evaluation, and all parameters. */
export async function smallFit(runtime: Runtime): Promise<TrainingOutcome> {
  const data = { near: clusters(24, 1), far: clusters(40, 2), held: clusters(11, 3) };
  const common = { batchSize: 8, network, loss };
  const result = await train(runtime, {
    phases: [
      phase({ ...common, name: "near", data: data.near, optimizer: adamW(), schedule: constant(0.02) }),
      phase({ ...common, name: "far", data: data.far, optimizer: sgd(), schedule: constant(0.05) }),
    ],
    evaluations: evaluation({
      data: data.held,
      batchSize: 4,
      network,
      metrics: (g, logits, fields) => ({ loss: loss(g, logits, fields) }),
    }),
    epochs: 2,
    seed: 5,
  });
  const losses = result.epochs.flatMap(({ phases, evaluations }) => [
    phases.near?.loss ?? Number.NaN,
    phases.far?.loss ?? Number.NaN,
    Number(evaluations.validation?.loss),
  ]);
  return { losses, params: Object.values(result.parameters).flatMap(({ data: d }) => Array.from(d, Number)) };
}
