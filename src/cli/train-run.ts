/** Trains an architecture or the network of an ONNX file, exports it, and judges the exported file. */
import { readFile, stat } from "node:fs/promises";
import { fail, type Json } from "../base/index.js";
import type { Weights } from "../nn/index.js";
import type { NodeProvider } from "../runtime/index.js";
import type { CurvePoint, Metric } from "../study/index.js";
import type { DistillationOptions, ModelBody, Problem, Recipe, Teacher } from "../train/index.js";

export interface TrainRequest {
  /** Name of an architecture, or of a file. */
  readonly name: string;
  readonly settings: Json;
  /** The network for a problem; refuses one that it cannot take. */
  readonly body: (problem: Problem) => ModelBody;
  readonly recipe: Recipe;
  readonly data: string;
  readonly target?: string;
  readonly epochs: number;
  readonly seed: number;
  readonly threads: number;
  /** What trains; the exported file is scored and timed on the CPU. */
  readonly device: NodeProvider;
  readonly out: string;
  /** Batches whose gradients make one step. */
  readonly accumulate?: number;
  /** Learning rate of a layer as a share of the next one's. */
  readonly layerDecay?: number;
  /** Epochs without a better validation score after which training ends; the best epoch is exported. */
  readonly patience?: number;
  /** A trained network whose predictions are learned beside the labels, with the path of its file. */
  readonly teacher?: Teacher & { readonly path: string };
  readonly distillation?: DistillationOptions;
  readonly signal: AbortSignal;
  readonly onEpoch: (point: CurvePoint & { readonly seconds: number; readonly metric: Metric }) => void;
}

/** The document `morph.train/1`. `Accuracy` holds R² where the target is a number. */
export interface TrainDocument {
  readonly schema: "morph.train/1";
  readonly architecture: string;
  readonly settings: Json;
  readonly recipe: Recipe;
  readonly data: {
    readonly name: string;
    readonly hash: string;
    readonly train: number;
    readonly test: number;
  };
  readonly metric: Metric;
  readonly seed: number;
  /** What trained. */
  readonly device: NodeProvider;
  /** Epochs that were asked for. */
  readonly epochs: number;
  /** The epoch whose weights were exported. */
  readonly exportedEpoch: number;
  readonly teacher?: string;
  /** Getting ready to train: building the graphs, and creating the sessions. */
  readonly preparation: { readonly buildMs: number; readonly sessionMs: number };
  readonly curve: readonly CurvePoint[];
  readonly valAccuracy: number;
  readonly testAccuracy: number;
  readonly params: number;
  readonly macs: number;
  readonly flops: number;
  readonly weightBytes: number;
  readonly peakActivationBytes: number;
  readonly latencyMs: number;
  readonly fileBytes: number;
  readonly onnx: string;
  readonly seconds: number;
}

/** Errors: those of the data and the architecture, `webgpu_missing`, `training_diverged`, `disk_full`. */
export async function trainArchitecture(request: TrainRequest): Promise<TrainDocument> {
  const { name, settings, recipe, epochs, seed, signal, out, threads } = request;
  const began = performance.now();
  const [
    { openDataset },
    { needProvider, ortNode, ortNodeOn },
    train,
    { saveModel },
    cost,
    { countParams, layerWiseDecay },
  ] = await Promise.all([
    import("../data/index.js"),
    import("../runtime/index.js"),
    import("../train/index.js"),
    import("../onnx/index.js"),
    import("../cost/index.js"),
    import("../nn/index.js"),
  ]);
  await needProvider(request.device);
  await using dataset = await openDataset(request.data, { target: request.target, signal });
  const problem = train.problemOf(dataset);
  const body = request.body(problem);
  const { preprocessing, task, splits } = dataset;
  const metric: Metric = task.kind === "classification" ? "accuracy" : "r2";
  const augmentation =
    preprocessing.kind === "image"
      ? train.defaultAugmentation(preprocessing.height, preprocessing.width, preprocessing.flip)
      : undefined;

  const optimizer = train.optimizerOf(recipe);
  await using trainer = await train.Trainer.create(
    ortNodeOn(request.device),
    dataset,
    body,
    {
      batchSize: recipe.batchSize,
      optimizer,
      accumulate: request.accumulate,
      groups: request.layerDecay === undefined ? undefined : layerWiseDecay(request.layerDecay),
      teacher: request.teacher,
      distillation: request.distillation,
      labelSmoothing: recipe.labelSmoothing,
      mixup: recipe.mixup,
      clipNorm: 5,
      augmentation,
      seed,
      threads,
    },
    signal,
  );
  const curve: CurvePoint[] = [];
  let last: { readonly weights: Weights; readonly point: CurvePoint } | undefined;
  for await (const report of trainer.train(
    trainer.start(),
    { epochs, schedule: train.scheduleOf(recipe) },
    signal,
  )) {
    const point: CurvePoint = {
      epoch: report.epoch,
      trainLoss: report.trainLoss,
      valLoss: report.validation.loss,
      valAccuracy: report.validation.score,
      learningRate: report.learningRate,
    };
    curve.push(point);
    request.onEpoch({ ...point, metric, seconds: (performance.now() - began) / 1e3 });
    const { patience } = request;
    // Without patience the last epoch counts, with it the best.
    if (patience === undefined || last === undefined || point.valAccuracy > last.point.valAccuracy)
      last = { weights: train.exportedWeights(report.checkpoint, optimizer), point };
    if (patience !== undefined && point.epoch - last.point.epoch >= patience) break;
  }
  if (last === undefined) return fail("internal", { expected: "at least one epoch" });
  const { weights, point: exported } = last;

  const network = train.buildModel("model", problem, body, { training: false, batch: "N" });
  const metadata = { "morphospace.architecture": name, "morphospace.settings": JSON.stringify(settings) };
  const model = train.exportModel(network, weights, problem, metadata);
  await saveModel(out, model, { signal });
  // The file is what counts: it is read back and scored on raw examples.
  await using session = await ortNode.load(await readFile(out), { threads });
  const output = session.outputNames[0] ?? fail("export_outputs", { path: out, expected: "an output" });
  const test = await train.evaluateWith(session, dataset, splits.test, { output, signal });
  const latency = await cost.measureLatency(ortNode, model, { signal });
  return {
    schema: "morph.train/1",
    architecture: name,
    settings,
    recipe,
    data: { name: dataset.name, hash: dataset.hash, train: splits.train.length, test: splits.test.length },
    metric,
    seed,
    device: request.device,
    epochs,
    exportedEpoch: exported.epoch,
    ...(request.teacher !== undefined && { teacher: request.teacher.path }),
    preparation: {
      buildMs: Math.round(trainer.preparation.buildMs),
      sessionMs: Math.round(trainer.preparation.sessionMs),
    },
    curve,
    valAccuracy: exported.valAccuracy,
    testAccuracy: test.score,
    ...cost.countCosts(model.graph),
    params: countParams(network),
    latencyMs: latency.median,
    fileBytes: (await stat(out)).size,
    onnx: out,
    seconds: (performance.now() - began) / 1e3,
  };
}
