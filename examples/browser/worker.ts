/** The work of the page, off its thread: training, judging, export, timing. */
import {
  buildModel,
  type Dataset,
  defaultAugmentation,
  encodeModel,
  exportModel,
  onnxBlob,
  optimizerOf,
  ortWeb,
  problemOf,
  type Runtime,
  type Session,
  scheduleOf,
  Trainer,
  type Weights,
  webGpuAdapter,
  webThreads,
} from "morphospace/browser";
import { compareOurs, comparePeers } from "./compare.js";
import { loadDigits } from "./digits.js";
import type { FromWorker, Mistake, ToWorker } from "./messages.js";
import { classifier } from "./networks.js";
import { watched } from "./watch.js";

const RECIPE = {
  batchSize: 64,
  optimizer: "adamw",
  learningRate: 4e-3,
  weightDecay: 0.01,
  labelSmoothing: 0.02,
  warmupEpochs: 0.2,
} as const;
const wasmPaths = new URL("./ort/", self.location.href).href;
const runtimeOf = (provider: "wasm" | "webgpu"): Runtime => ortWeb({ provider, wasmPaths });

const say = (message: FromWorker) => self.postMessage(message);
let dataset: Dataset;
let stop = new AbortController();
/** The trained network, as a file and ready to run. */
let trained: { readonly bytes: Uint8Array; readonly session: Session; readonly blob: Blob } | undefined;

async function train({ provider, epochs, seed }: Extract<ToWorker, { kind: "train" }>): Promise<void> {
  stop = new AbortController();
  const { signal } = stop;
  const began = performance.now();
  let steps = 0;
  const runtime = watched(runtimeOf(provider), ({ losses, ms }) => {
    steps += losses.length;
    say({ kind: "progress", step: steps, losses, stepsPerSecond: (losses.length * 1000) / ms });
  });
  await using trainer = await Trainer.create(runtime, dataset, classifier, {
    batchSize: RECIPE.batchSize,
    optimizer: optimizerOf(RECIPE),
    labelSmoothing: RECIPE.labelSmoothing,
    augmentation: defaultAugmentation(28, 28, false),
    seed,
  });
  const start = trainer.start();
  say({ kind: "started", stepsPerEpoch: trainer.stepsPerEpoch, params: start.params.length });
  let weights: Weights = start;
  try {
    for await (const report of trainer.train(start, { epochs, schedule: scheduleOf(RECIPE) }, signal)) {
      weights = report.checkpoint;
      say({ kind: "epoch", step: steps, epoch: report.epoch, accuracy: report.validation.score });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const seconds = (performance.now() - began) / 1e3;
  await keep(weights, provider);
  const { accuracy, mistakes } = await judge();
  say({ kind: "trained", stopped: signal.aborted, testAccuracy: accuracy, mistakes, seconds });
}

/** The network as an ONNX file, and that file as a session: what is judged is what is downloaded. */
async function keep(weights: Weights, provider: "wasm" | "webgpu"): Promise<void> {
  const problem = problemOf(dataset);
  const network = buildModel("digits", problem, classifier, { training: false, batch: "N" });
  const model = exportModel(network, weights, problem, { "morphospace.trained": "in a web page" });
  await trained?.session[Symbol.asyncDispose]();
  const bytes = encodeModel(model);
  trained = { bytes, session: await runtimeOf(provider).load(bytes), blob: onnxBlob(model) };
}

async function probabilities(pixels: Uint8Array, count: number): Promise<Float32Array> {
  if (trained === undefined) throw new Error("nothing is trained yet");
  const out = await trained.session.run(
    { image: { dtype: "uint8", dims: [count, 1, 28, 28], data: pixels } },
    ["probabilities"],
  );
  return out.probabilities?.data as Float32Array;
}

async function judge(): Promise<{ accuracy: number; mistakes: Mistake[] }> {
  const { test } = dataset.splits;
  const mistakes: Mistake[] = [];
  let right = 0;
  for (let from = 0; from < test.length; from += 250) {
    const rows = Array.from({ length: Math.min(250, test.length - from) }, (_, i) => from + i);
    const batch = await test.read(rows);
    const images = batch.inputs.image as Uint8Array;
    const p = await probabilities(images, rows.length);
    for (let i = 0; i < rows.length; i++) {
      const truth = batch.target[i] ?? 0;
      const answer = largest(p.subarray(10 * i, 10 * i + 10));
      if (answer === truth) right++;
      else mistakes.push({ pixels: images.slice(784 * i, 784 * i + 784), truth, answer });
    }
  }
  return { accuracy: right / test.length, mistakes: mistakes.slice(0, 24) };
}

function largest(values: Float32Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[at] ?? 0)) at = i;
  return at;
}

async function handle(message: ToWorker): Promise<void> {
  if (message.kind === "train") await train(message);
  else if (message.kind === "classify") {
    const began = performance.now();
    const p = await probabilities(message.pixels, 1);
    say({ kind: "classified", id: message.id, probabilities: p, ms: performance.now() - began });
  } else if (message.kind === "export" && trained !== undefined) say({ kind: "file", blob: trained.blob });
  else if (message.kind === "compare") {
    const onFigure = (figure: Extract<FromWorker, { kind: "figure" }>["figure"]) =>
      say({ kind: "figure", figure });
    const adapter = await webGpuAdapter();
    const providers = adapter === undefined ? (["wasm"] as const) : (["wasm", "webgpu"] as const);
    for (const provider of providers)
      await compareOurs(runtimeOf(provider), dataset, message.seconds, onFigure);
    await comparePeers(dataset, message.seconds, onFigure);
    say({ kind: "compared" });
  }
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "stop") {
    stop.abort();
    return;
  }
  handle(data).catch((error: unknown) =>
    say({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
});

try {
  dataset = await loadDigits("./digits.bin");
  const adapter = await webGpuAdapter();
  const { train: all, validation, test } = dataset.splits;
  const shown = Array.from({ length: 40 }, (_, i) => (i * 617) % test.length);
  const batch = await test.read(shown);
  say({
    kind: "ready",
    threads: webThreads(),
    isolated: self.crossOriginIsolated,
    adapter: adapter && ([adapter.info.vendor, adapter.info.architecture].filter(Boolean).join(" ") || "yes"),
    examples: { train: all.length, validation: validation.length, test: test.length },
    batchSize: RECIPE.batchSize,
    sample: batch.inputs.image as Uint8Array,
  });
} catch (error) {
  say({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}
