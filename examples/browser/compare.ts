/** Training steps a second: the same networks, mini-batches and optimizer, here and in TensorFlow.js. */
import { type Dataset, nn, type Runtime, Trainer } from "morphospace/browser";
import type { Figure } from "./messages.js";
import { WORKLOADS } from "./networks.js";
import { loadPeer } from "./peer.js";
import { watched } from "./watch.js";

export type OnFigure = (figure: Figure) => void;
type Workload = keyof typeof WORKLOADS;
const NAMES = ["mlp", "cnn"] as const satisfies readonly Workload[];

/** Steps beyond the first ones, which prepare memory and programs, and their time. */
class Meter {
  private steps = 0;
  private ms = 0;
  private uncounted = 2;

  add(steps: number, ms: number): void {
    if (this.uncounted-- > 0) return;
    this.steps += steps;
    this.ms += ms;
  }

  isFull(seconds: number): boolean {
    return this.ms >= seconds * 1e3;
  }

  get result(): { readonly steps: number; readonly stepsPerSecond: number } {
    return { steps: this.steps, stepsPerSecond: (this.steps * 1e3) / this.ms };
  }
}

export async function compareOurs(
  runtime: Runtime,
  dataset: Dataset,
  seconds: number,
  onFigure: OnFigure,
): Promise<void> {
  const contestant = `Morphospace, ${runtime.name.split(" ").pop()}`;
  for (const workload of NAMES) {
    onFigure({ workload, contestant, ...(await attempt(() => ours(runtime, dataset, workload, seconds))) });
  }
}

async function ours(runtime: Runtime, dataset: Dataset, workload: Workload, seconds: number) {
  const { body, batchSize } = WORKLOADS[workload];
  const meter = new Meter();
  const stop = new AbortController();
  const counting = watched(runtime, ({ losses, ms }) => {
    meter.add(losses.length, ms);
    if (meter.isFull(seconds)) stop.abort();
  });
  const optimizer = nn.adamW({ weightDecay: 0 });
  await using trainer = await Trainer.create(counting, dataset, body, { batchSize, optimizer, seed: 1 });
  const cycle = { epochs: 1000, schedule: () => () => 1e-3 };
  try {
    for await (const _ of trainer.train(trainer.start(), cycle, stop.signal));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  return meter.result;
}

/** TensorFlow.js on every backend that it has here. Nothing where it is not installed. */
export async function comparePeers(dataset: Dataset, seconds: number, onFigure: OnFigure): Promise<void> {
  const peer = await loadPeer();
  if (peer === undefined) {
    const note = "not installed: npm install --prefix bench/peers, then start the server anew";
    onFigure({ workload: "mlp", contestant: "TensorFlow.js", note });
    return;
  }
  const { inputs, target } = await dataset.splits.train.read(Array.from({ length: 2048 }, (_, i) => i));
  const pixels = Float32Array.from(inputs.image as Uint8Array, (v) => v / 255);
  for (const backend of peer.backends) {
    const contestant = `TensorFlow.js ${peer.version}, ${backend}`;
    for (const workload of NAMES) {
      const { batchSize } = WORKLOADS[workload];
      const run = async () => {
        const meter = new Meter();
        const trainer = await peer.start(backend, workload, pixels, target as Int32Array, batchSize);
        try {
          while (!meter.isFull(seconds)) {
            const began = performance.now();
            await trainer.step();
            meter.add(1, performance.now() - began);
          }
        } finally {
          trainer.dispose();
        }
        return meter.result;
      };
      onFigure({ workload, contestant, ...(await attempt(run)) });
    }
  }
}

async function attempt<T>(run: () => Promise<T>): Promise<T | { readonly note: string }> {
  try {
    return await run();
  } catch (error) {
    return { note: error instanceof Error ? error.message : String(error) };
  }
}
