import { readFile, stat } from "node:fs/promises";
import { fail, type Json, messageOf, sha256Hex } from "../base/index.js";
import { measureLatency } from "../cost/index.js";
import { type Dataset, openDataset } from "../data/index.js";
import { synflow } from "../evaluators/index.js";
import { countParams, initialWeights } from "../nn/index.js";
import { saveModel } from "../onnx/index.js";
import { ortNode, ortNodeOn, SessionCache } from "../runtime/index.js";
import { parse } from "../schema/index.js";
import { bodyOf, type Recipe, recipeFor, type Space, spaceFor } from "../spaces/index.js";
import { writeArtifact } from "../store/index.js";
import {
  type Augmentation,
  buildModel,
  type Checkpoint,
  decodeCheckpoint,
  defaultAugmentation,
  encodeCheckpoint,
  evaluateWith,
  exportedWeights,
  exportModel,
  type ModelBody,
  optimizerOf,
  problemOf,
  scheduleOf,
  Trainer,
  type TrainerOptions,
} from "../train/index.js";
import { measureBaselines } from "./baseline.js";
import { costsOfGraph } from "./candidates.js";
import { endsStudy, type Job, type JobReport, type JobResult, type WorkerSetup } from "./jobs.js";
import { reopenSpace } from "./space-source.node.js";

/** Does jobs in this process: opens the data once, trains, measures, exports. */
export class Workbench implements AsyncDisposable {
  /** A trial goes on from rung to rung with one structure: its sessions wait for it. */
  private readonly sessions: SessionCache;

  private constructor(
    private readonly setup: WorkerSetup,
    private readonly space: Space,
    readonly dataset: Dataset,
  ) {
    this.sessions = new SessionCache(ortNodeOn(setup.device));
  }

  static async open(setup: WorkerSetup, given?: Space, signal?: AbortSignal): Promise<Workbench> {
    const space = given ?? (await reopenSpace(setup.space, signal));
    const { source, ...options } = setup.data;
    const dataset = await openDataset(source, {
      ...options,
      cacheDir: setup.cacheDir,
      seed: setup.seed,
      signal,
    });
    if (dataset.hash !== setup.dataHash) {
      await dataset[Symbol.asyncDispose]();
      fail("data_changed", {
        path: source,
        expected: `the data that the study began with (${setup.dataHash.slice(0, 12)}…)`,
        received: `${dataset.hash.slice(0, 12)}…`,
        hint: "restore the data, then morph resume",
      });
    }
    return new Workbench(setup, spaceFor(space, problemOf(dataset)), dataset);
  }

  async perform(job: Job, onReport?: (report: JobReport) => void, signal?: AbortSignal): Promise<JobResult> {
    switch (job.kind) {
      case "measure":
        return this.measure(job.genotype, signal);
      case "train":
        return this.train(job, onReport, signal);
      case "export":
        return this.export(job, signal);
      case "baseline":
        return {
          kind: "baseline",
          ...(await measureBaselines(ortNode, this.dataset, this.setup.seed, signal)),
        };
    }
  }

  private body(genotype: Json): ModelBody {
    return bodyOf(this.space, parse(this.space.schema, genotype, "genotype"));
  }

  private recipe(genotype: Json): Recipe {
    return recipeFor(this.space, this.setup.recipe, parse(this.space.schema, genotype, "genotype"));
  }

  private async measure(genotype: Json, signal?: AbortSignal) {
    const problem = problemOf(this.dataset);
    const body = this.body(genotype);
    const network = buildModel("model", problem, body, { training: false, batch: "N" });
    const weights = initialWeights(network, this.setup.seed);
    const model = exportModel(network, weights, problem);
    const latency = await measureLatency(ortNode, model, { signal });
    const proxy = await synflow(ortNode, problem, body, weights.params);
    return {
      kind: "measure" as const,
      costs: { ...costsOfGraph(model.graph), latencyMs: latency.median },
      proxy,
    };
  }

  private async train(
    job: Extract<Job, { kind: "train" }>,
    onReport?: (report: JobReport) => void,
    signal?: AbortSignal,
  ) {
    const began = performance.now();
    const recipe = this.recipe(job.genotype);
    const options = {
      ...trainerOptions(recipe, this.dataset, job.seed, this.setup.threads),
      stepsPerEpoch: this.setup.stepsPerEpoch,
      validationExamples: this.setup.validationExamples,
      onSlice: () => onReport?.({}),
    };
    await using trainer = await Trainer.create(
      this.sessions,
      this.dataset,
      this.body(job.genotype),
      options,
      signal,
    );
    const from = job.from === undefined ? trainer.start() : await readCheckpoint(job.from);
    const schedule = scheduleOf({ ...recipe, warmupEpochs: from.epoch === 0 ? recipe.warmupEpochs : 0 });
    let last: { score: number; loss: number; epoch: number; bytes: Uint8Array } | undefined;
    const timeUp =
      job.timeMs === undefined ? undefined : AbortSignal.timeout(Math.max(1, Math.floor(job.timeMs)));
    const stop = AbortSignal.any([signal, timeUp].filter((it) => it !== undefined));
    const startSeconds = (performance.now() - began) / 1000;
    const reports = untilTimeUp(trainer.train(from, { epochs: job.epochs, schedule }, stop), timeUp, signal);
    for await (const report of reports) {
      const { validation } = report;
      onReport?.({
        point: {
          epoch: report.epoch,
          trainLoss: report.trainLoss,
          valLoss: validation.loss,
          valAccuracy: validation.score,
          learningRate: report.learningRate,
        },
      });
      const bytes = encodeCheckpoint(report.checkpoint);
      last = { score: validation.score, loss: validation.loss, epoch: report.epoch, bytes };
    }
    if (last === undefined)
      fail("training_empty", { path: `trial ${job.trial}`, expected: "time for at least one epoch" });
    await writeArtifact(job.to, last.bytes);
    return {
      kind: "train" as const,
      score: last.score,
      loss: last.loss,
      epochs: last.epoch,
      seconds: (performance.now() - began) / 1000,
      startSeconds,
    };
  }

  private async export(job: Extract<Job, { kind: "export" }>, signal?: AbortSignal) {
    const checkpoint = await readCheckpoint(job.checkpoint);
    const problem = problemOf(this.dataset);
    const network = buildModel("model", problem, this.body(job.genotype), { training: false, batch: "N" });
    const weights = exportedWeights(checkpoint, optimizerOf(this.recipe(job.genotype)));
    const model = exportModel(network, weights, problem, job.metadata);
    await saveModel(job.onnx, model);
    // From here on only the file counts: it is read back, measured and scored on raw test data.
    const bytes = await readFile(job.onnx);
    await using session = await ortNode.load(bytes, { threads: 1 });
    const evaluation = await evaluateWith(session, this.dataset, this.dataset.splits.test, {
      output: session.outputNames[0] ?? fail("export_outputs", { path: job.onnx, expected: "an output" }),
      signal,
    });
    const latency = await measureLatency(ortNode, model, { signal, runs: 60 });
    return {
      kind: "export" as const,
      costs: { ...costsOfGraph(model.graph), latencyMs: latency.median },
      trainableParams: countParams(network),
      testScore: evaluation.score,
      testLoss: evaluation.loss,
      testExamples: evaluation.examples,
      testCorrect: evaluation.correct ?? null,
      confusion: evaluation.confusion ?? null,
      fileBytes: (await stat(job.onnx)).size,
      sha256: sha256Hex(bytes),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sessions[Symbol.asyncDispose]();
    await this.dataset[Symbol.asyncDispose]();
  }
}

/** What was reported before the time was up; any other end of the work is passed on. */
async function* untilTimeUp<T>(
  reports: AsyncIterable<T>,
  timeUp?: AbortSignal,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  try {
    yield* reports;
  } catch (error) {
    if (timeUp?.aborted !== true || signal?.aborted === true) throw error;
  }
}

/**
 * A workbench for jobs. What keeps it from opening is no fault of a trial.
 * @throws `data_changed`, `data_unavailable`, `disk_full`
 */
export async function openBench(setup: WorkerSetup, space?: Space): Promise<Workbench> {
  try {
    return await Workbench.open(setup, space);
  } catch (error) {
    if (endsStudy(error)) throw error;
    return fail(
      "data_unavailable",
      { path: setup.data.source, received: messageOf(error), hint: "restore the data, then morph resume" },
      { cause: error },
    );
  }
}

/** @throws `checkpoint_missing`, `checkpoint_corrupt` */
async function readCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return fail("checkpoint_missing", { path, received: messageOf(error) }, { cause: error });
  }
  return decodeCheckpoint(bytes, path);
}

/** How a recipe trains on a data set. */
export function trainerOptions(
  recipe: Recipe,
  dataset: Dataset,
  seed: number,
  threads: number,
): TrainerOptions {
  const { preprocessing } = dataset;
  const augmentation: Augmentation | undefined =
    preprocessing.kind === "image"
      ? defaultAugmentation(preprocessing.height, preprocessing.width, preprocessing.flip)
      : undefined;
  return {
    batchSize: recipe.batchSize,
    optimizer: optimizerOf(recipe),
    labelSmoothing: recipe.labelSmoothing,
    mixup: recipe.mixup,
    clipNorm: 5,
    augmentation,
    seed,
    threads,
  };
}
