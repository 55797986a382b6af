import { fail } from "../base/index.js";
import type { ColumnArray, Dataset } from "../data/index.js";
import type { Tensor, TensorData } from "../ir/index.js";
import type { Network, Optimizer, ParameterGroups, Schedule, Weights } from "../nn/index.js";
import type { Runtime, Session } from "../runtime/index.js";
import type { Augmentation } from "./augment.js";
import type { DistillationOptions, Teacher } from "./distill.js";
import { type Evaluation, evaluateWith } from "./evaluate.js";
import { evaluationProgram } from "./evaluation-program.js";
import { buildModel, type ModelBody, problemOf } from "./model.js";
import { sizeOfAll } from "./parameters.js";
import { type Preparation, ProgramRunner, type ProgramState } from "./runner.js";
import { taskPlan } from "./step.js";
import { streamOfSplit } from "./stream.js";

export interface TrainerOptions {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  readonly labelSmoothing?: number;
  readonly clipNorm?: number;
  /** Mini-batches of `batchSize` whose gradients make one step. Default 1. */
  readonly accumulate?: number;
  /** Learning rates and weight decay of groups of parameters. */
  readonly groups?: ParameterGroups;
  readonly augmentation?: Augmentation;
  /** α of mixup; 0 for none. */
  readonly mixup?: number;
  /** A trained network whose predictions are learned beside the labels. */
  readonly teacher?: Teacher;
  readonly distillation?: DistillationOptions;
  /** Of everything random: initial weights, order of examples, augmentation, dropout. */
  readonly seed: number;
  /** Longest epoch: what is left of a pass through the data is the next epoch's. Default: a whole pass. */
  readonly stepsPerEpoch?: number;
  /** Examples that an epoch is validated on, evenly over the split. Default: all. */
  readonly validationExamples?: number;
  readonly threads?: number;
  /** Called after each slice of work: a sign of life. */
  readonly onSlice?: () => void;
}

/** All that a training run is at one moment. Going on from it is the same as never having stopped. */
export interface Checkpoint extends Weights {
  readonly slots: readonly Float32Array[];
  /** Epochs and steps behind it. */
  readonly epoch: number;
  readonly step: number;
}

export interface EpochReport {
  readonly epoch: number;
  /** Mean over the epoch's steps, augmentation and smoothing included. */
  readonly trainLoss: number;
  readonly learningRate: number;
  readonly validation: Evaluation;
  readonly checkpoint: Checkpoint;
}

/** Epochs under one schedule. */
export interface Cycle {
  readonly epochs: number;
  readonly schedule: (stepsPerEpoch: number) => Schedule;
  /** Epochs of this cycle that were done before: the checkpoint lies inside it. */
  readonly done?: number;
}

/**
 * Trains one model on one data set, in memory of its own: a {@link ProgramRunner} of one phase. Dispose of it: it holds
 * two ONNX Runtime sessions. Equal options and seed give equal weights on one machine with one thread, however the run
 * is cut.
 */
export class Trainer implements AsyncDisposable {
  private constructor(
    readonly network: Network,
    private readonly dataset: Dataset,
    private readonly options: TrainerOptions,
    private readonly runner: ProgramRunner,
    private readonly evaluationSession: Session,
    private readonly inference: Network,
    /** What it took to get ready to train. */
    readonly preparation: Preparation,
  ) {}

  static async create(
    runtime: Runtime,
    dataset: Dataset,
    body: ModelBody,
    options: TrainerOptions,
    signal?: AbortSignal,
  ): Promise<Trainer> {
    const began = performance.now();
    const problem = problemOf(dataset);
    const { accumulate = 1, seed, threads = 1 } = options;
    const batch = Math.min(options.batchSize, Math.floor(dataset.splits.train.length / accumulate));
    if (batch < 1)
      fail("training_empty", {
        path: dataset.name,
        expected:
          accumulate === 1 ? "at least one training example" : `at least ${accumulate} training examples`,
      });
    const { augmentation, mixup, teacher } = options;
    const training = buildModel("model", problem, body, {
      training: true,
      batch,
      augmentation,
      mixup,
      teacher,
    });
    const inference = buildModel("model", problem, body, { training: false, batch: "N" });
    const plan = taskPlan(training, problem.task, options);
    const modelMs = performance.now() - began;
    const streams = { "": streamOfSplit(dataset, "train") };
    const runner = await ProgramRunner.create(runtime, plan, streams, { seed, threads, signal });
    try {
      const loading = performance.now();
      const evaluationSession = await runtime.load(evaluationProgram(inference), {
        threads,
        memoryPattern: false,
      });
      const { buildMs, sessionMs, reused } = runner.preparation;
      return new Trainer(training, dataset, options, runner, evaluationSession, inference, {
        buildMs: buildMs + modelMs,
        sessionMs: sessionMs + performance.now() - loading,
        reused,
      });
    } catch (error) {
      await runner[Symbol.asyncDispose]();
      throw error;
    }
  }

  get stepsPerEpoch(): number {
    const { stepsPerEpoch = Number.POSITIVE_INFINITY } = this.options;
    return Math.min(this.runner.roundsPerPass, stepsPerEpoch);
  }

  /** The untrained state. */
  start(): Checkpoint {
    return checkpointOf(this.runner.start(), 0);
  }

  /** Train a cycle; yields after each epoch. Errors: `training_diverged`; aborts within a second. */
  async *train(from: Checkpoint, cycle: Cycle, signal?: AbortSignal): AsyncGenerator<EpochReport> {
    const perEpoch = this.stepsPerEpoch;
    const total = perEpoch * cycle.epochs;
    const schedule = cycle.schedule(perEpoch);
    let at = from;
    for (let e = cycle.done ?? 0; e < cycle.epochs; e++) {
      const rate = (step: number) => schedule(e * perEpoch + step, total);
      const { checkpoint, loss } = await this.epoch(at, rate, signal);
      at = checkpoint;
      const validation = await this.evaluate(
        exportedWeights(at, this.options.optimizer),
        "validation",
        signal,
      );
      yield {
        epoch: at.epoch,
        trainLoss: loss,
        learningRate: rate(perEpoch - 1),
        validation,
        checkpoint: at,
      };
    }
  }

  /** Loss and score of weights on a split. */
  async evaluate(
    weights: Weights,
    split: "train" | "validation" | "test",
    signal?: AbortSignal,
  ): Promise<Evaluation> {
    // What serves training alone comes last, and is left out.
    const params = weights.params.subarray(0, sizeOfAll(this.inference.params));
    const states = weights.states.subarray(0, Math.max(1, sizeOfAll(this.inference.states)));
    const fixed: Record<string, Tensor> = { theta: vector(params), states: vector(states) };
    return evaluateWith(this.evaluationSession, this.dataset, this.dataset.splits[split], {
      fixed,
      output: "prediction",
      examples: split === "validation" ? this.options.validationExamples : undefined,
      signal,
    });
  }

  private async epoch(from: Checkpoint, rate: (step: number) => number, signal?: AbortSignal) {
    const steps = this.stepsPerEpoch;
    let at = from;
    let lossSum = 0;
    const slices = this.runner.rounds(stateOf(from), steps, (_, step) => rate(step - from.step), signal);
    for await (const { state, report } of slices) {
      for (const loss of report.losses[0] ?? []) lossSum += loss;
      at = checkpointOf(state, from.epoch);
      this.options.onSlice?.();
    }
    return { checkpoint: { ...at, epoch: from.epoch + 1 }, loss: lossSum / steps };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner[Symbol.asyncDispose]();
    await this.evaluationSession[Symbol.asyncDispose]();
  }
}

/** What of a checkpoint is evaluated and exported: averages where its optimizer keeps some, the weights elsewhere. */
export function exportedWeights(checkpoint: Checkpoint, { average }: Pick<Optimizer, "average">): Weights {
  const params = average === undefined ? undefined : checkpoint.slots[average.theta];
  const states = average === undefined ? undefined : checkpoint.slots[average.states];
  return { params: params ?? checkpoint.params, states: states ?? checkpoint.states };
}

function stateOf({ params, states, slots, step }: Checkpoint): ProgramState {
  return { theta: [params], states, slots: [slots], round: step };
}

function checkpointOf({ theta, states, slots, round }: ProgramState, epoch: number): Checkpoint {
  const [params] = theta;
  if (params === undefined) return fail("internal", { expected: "one block of parameters" });
  return { params, states, slots: slots[0] ?? [], epoch, step: round };
}

export function columnTensor(
  dtype: "uint8" | "float32" | "int64",
  dims: readonly number[],
  data: ColumnArray | undefined,
): Tensor {
  if (data === undefined) fail("batch_input", { expected: "an array for each input of the data set" });
  return { dtype, dims, data: data as TensorData };
}

function vector(data: Float32Array): Tensor {
  return { dtype: "float32", dims: [data.length], data };
}
