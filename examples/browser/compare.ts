/** Training steps a second, of the same networks, mini-batches and optimizer, here and in TensorFlow.js. */
import {
  buildModel,
  type Dataset,
  initialWeights,
  nn,
  problemOf,
  type Runtime,
  type Tensor,
  trainingProgram,
} from "morphospace/browser";
import type { Figure } from "./messages.js";
import { WORKLOADS } from "./networks.js";
import { loadPeer, type Peer } from "./peer.js";

type OnFigure = (figure: Figure) => void;
const NAMES = ["mlp", "cnn"] as const;

/** Runs steps for about so many seconds, after a first run that is not counted. */
async function timed(run: (steps: number) => Promise<void>, seconds: number) {
  await run(2);
  let steps = 0;
  let chunk = 1;
  const began = performance.now();
  let elapsed = 0;
  while (elapsed < seconds * 1e3) {
    await run(chunk);
    steps += chunk;
    elapsed = performance.now() - began;
    // As training does: runs of about a quarter of a second.
    chunk = Math.max(1, Math.min(256, Math.round((steps * 250) / elapsed)));
  }
  return { steps, stepsPerSecond: (steps * 1e3) / elapsed };
}

export async function compareOurs(
  runtime: Runtime,
  dataset: Dataset,
  seconds: number,
  onFigure: OnFigure,
): Promise<void> {
  const contestant = `Morphospace, ${runtime.name.split(" ").pop()}`;
  for (const workload of NAMES) {
    try {
      onFigure({ workload, contestant, ...(await timed(...(await ours(runtime, dataset, workload, seconds)))) });
    } catch (error) {
      onFigure({ workload, contestant, note: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function ours(
  runtime: Runtime,
  dataset: Dataset,
  workload: (typeof NAMES)[number],
  seconds: number,
): Promise<[(steps: number) => Promise<void>, number]> {
  const { body, batchSize } = WORKLOADS[workload];
  const problem = problemOf(dataset);
  const network = buildModel(workload, problem, body, { training: true, batch: batchSize });
  const optimizer = nn.adamW({ weightDecay: 0 });
  const session = await runtime.load(trainingProgram(network, problem, { optimizer }));
  const { x, y, length } = await firstExamples(dataset);
  const weights = initialWeights(network);
  return [
    async (steps) => {
      const rows = Array.from({ length: steps * batchSize }, (_, i) => BigInt(i % length));
      const feeds: Record<string, Tensor> = {
        trips: { dtype: "int64", dims: [], data: BigInt64Array.of(BigInt(steps)) },
        theta: vector(weights.theta),
        slot0: vector(weights.slot0),
        slot1: vector(weights.slot1),
        states: vector(weights.states),
        data_image: x,
        data_target: y,
        order: { dtype: "int64", dims: [steps, batchSize], data: BigInt64Array.from(rows) },
        learning_rates: vector(new Float32Array(steps).fill(1e-3)),
        steps: vector(Float32Array.from({ length: steps }, (_, i) => i + 1)),
        keys: { dtype: "uint32", dims: [steps], data: new Uint32Array(steps) },
      };
      const wanted = new Set(session.inputNames);
      for (const name of Object.keys(feeds)) if (!wanted.has(name)) delete feeds[name];
      const out = await session.run(feeds);
      for (const name of ["theta", "slot0", "slot1", "states"] as const) {
        const next = out[`${name}_out`]?.data;
        if (next instanceof Float32Array) weights[name] = next;
      }
    },
    seconds,
  ];
}
