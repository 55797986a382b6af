import { fail, philox, rngOf } from "../base/index.js";
import type { ColumnArray, Dataset, Split } from "../data/index.js";
import type { Tensor, TensorData } from "../ir/index.js";
import { initialWeights, type Network, type Optimizer, type Schedule, type Weights } from "../nn/index.js";
import type { Runtime, Session } from "../runtime/index.js";
import type { Augmentation } from "./augment.js";
import { type Evaluation, evaluateWith } from "./evaluate.js";
import { buildModel, type ModelBody, problemOf } from "./model.js";
import { evaluationProgram, trainingProgram } from "./program.js";

export interface TrainerOptions {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  readonly labelSmoothing?: number;
  readonly clipNorm?: number;
  readonly augmentation?: Augmentation;
  /** Of everything random: initial weights, order of examples, augmentation, dropout. */
  readonly seed: number;
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

/** Work of one run is cut so that a wish to stop is heard this often. Has no influence on results. */
const SLICE_MS = 250;

/**
 * Trains one model on one data set, in memory of its own. Dispose of it: it holds two ONNX Runtime sessions.
 * Equal options and seed give equal weights on one machine with one thread, however the run is cut.
 */
export class Trainer implements AsyncDisposable {
  private stepsPerSlice = 1;

  private constructor(
    readonly network: Network,
    private readonly dataset: Dataset,
    private readonly options: TrainerOptions,
    private readonly trainSession: Session,
    private readonly evaluationSession: Session,
    private readonly held: HeldData | undefined,
    private readonly batchSize: number,
  ) {}

  static async create(
    runtime: Runtime,
    dataset: Dataset,
    body: ModelBody,
    options: TrainerOptions,
    signal?: AbortSignal,
  ): Promise<Trainer> {
    const problem = problemOf(dataset);
    const batchSize = Math.min(options.batchSize, dataset.splits.train.length);
    if (batchSize < 1)
      fail("training_empty", { path: dataset.name, expected: "at least one training example" });
    const training = buildModel("model", problem, body, {
      training: true,
      batch: batchSize,
      augmentation: options.augmentation,
    });
    const inference = buildModel("model", problem, body, { training: false, batch: "N" });
    const held = dataset.inMemory ? await hold(dataset.splits.train, dataset, signal) : undefined;
    const session = { threads: options.threads ?? 1 };
    const blockedChannels = await runtime.blockedChannels?.();
    const program = trainingProgram(training, problem, { ...options, blockedChannels });
    const trainSession = await runtime.load(program, session);
    try {
      const evaluationSession = await runtime.load(evaluationProgram(inference), session);
      return new Trainer(training, dataset, options, trainSession, evaluationSession, held, batchSize);
    } catch (error) {
      await trainSession[Symbol.asyncDispose]();
      throw error;
    }
  }

  get stepsPerEpoch(): number {
    return Math.max(1, Math.floor(this.dataset.splits.train.length / this.batchSize));
  }

  /** The untrained state. */
  start(): Checkpoint {
    const weights = initialWeights(this.network, this.options.seed);
    const states = weights.states.length === 0 ? new Float32Array(1) : weights.states;
    return {
      params: weights.params,
      states,
      slots: Array.from(
        { length: this.options.optimizer.slots },
        () => new Float32Array(weights.params.length),
      ),
      epoch: 0,
      step: 0,
    };
  }

  /** Train a cycle; yields after each epoch. Errors: `training_diverged`; aborts within a second. */
  async *train(from: Checkpoint, cycle: Cycle, signal?: AbortSignal): AsyncGenerator<EpochReport> {
    const perEpoch = this.stepsPerEpoch;
    const total = perEpoch * cycle.epochs;
    const schedule = cycle.schedule(perEpoch);
    let at = from;
    for (let e = cycle.done ?? 0; e < cycle.epochs; e++) {
      const rates = Float32Array.from({ length: perEpoch }, (_, i) => schedule(e * perEpoch + i, total));
      const { checkpoint, loss } = await this.epoch(at, rates, signal);
      at = checkpoint;
      const validation = await this.evaluate(at, "validation", signal);
      yield {
        epoch: at.epoch,
        trainLoss: loss,
        learningRate: rates[rates.length - 1] ?? 0,
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
    const fixed: Record<string, Tensor> = { theta: vector(weights.params), states: vector(weights.states) };
    return evaluateWith(this.evaluationSession, this.dataset, this.dataset.splits[split], {
      fixed,
      output: "prediction",
      signal,
    });
  }

  private async epoch(from: Checkpoint, rates: Float32Array, signal?: AbortSignal) {
    const { seed } = this.options;
    const { train } = this.dataset.splits;
    const rows = rngOf(seed, "order", from.epoch).shuffle(Array.from({ length: train.length }, (_, i) => i));
    const steps = rates.length;
    let at: Checkpoint = from;
    let lossSum = 0;
    for (let done = 0; done < steps; ) {
      signal?.throwIfAborted();
      const count = Math.min(this.stepsPerSlice, steps - done);
      const slice = rows.slice(done * this.batchSize, (done + count) * this.batchSize);
      const began = performance.now();
      const result = await this.run(at, slice, rates.subarray(done, done + count), signal);
      const tookMs = performance.now() - began;
      this.stepsPerSlice = Math.max(1, Math.min(512, Math.round((count * SLICE_MS) / Math.max(1, tookMs))));
      result.losses.forEach((loss, i) => {
        if (!Number.isFinite(loss)) {
          fail("training_diverged", {
            path: `step ${at.step + i + 1}`,
            received: `a loss of ${loss}`,
            hint: "lower the learning rate, or look for extreme values in the data",
          });
        }
        lossSum += loss;
      });
      at = result.checkpoint;
      done += count;
      this.options.onSlice?.();
    }
    return { checkpoint: { ...at, epoch: from.epoch + 1 }, loss: lossSum / steps };
  }

  private async run(from: Checkpoint, rows: readonly number[], rates: Float32Array, signal?: AbortSignal) {
    const trips = rates.length;
    const data = this.held ?? (await hold(this.dataset.splits.train, this.dataset, signal, rows));
    const order = BigInt64Array.from(rows, (row, i) => BigInt(this.held === undefined ? i : row));
    const feeds: Record<string, Tensor> = {
      trips: { dtype: "int64", dims: [], data: BigInt64Array.of(BigInt(trips)) },
      theta: vector(from.params),
      states: vector(from.states),
      order: { dtype: "int64", dims: [trips, this.batchSize], data: order },
      learning_rates: vector(rates),
      steps: vector(Float32Array.from({ length: trips }, (_, i) => from.step + i + 1)),
      keys: { dtype: "uint32", dims: [trips], data: stepKeys(this.options.seed, from.step, trips) },
      ...data.feeds,
    };
    from.slots.forEach((slot, i) => {
      feeds[`slot${i}`] = vector(slot);
    });
    const wanted = new Set(this.trainSession.inputNames);
    for (const name of Object.keys(feeds)) if (!wanted.has(name)) delete feeds[name];
    const out = await this.trainSession.run(feeds);
    const take = (name: string): Float32Array => {
      const data = out[name]?.data;
      return data instanceof Float32Array
        ? data
        : fail("runtime_output", { path: name, expected: "float32" });
    };
    const checkpoint: Checkpoint = {
      params: take("theta_out"),
      states: take("states_out"),
      slots: from.slots.map((_, i) => take(`slot${i}_out`)),
      epoch: from.epoch,
      step: from.step + trips,
    };
    return { checkpoint, losses: take("losses") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.trainSession[Symbol.asyncDispose]();
    await this.evaluationSession[Symbol.asyncDispose]();
  }
}

/** Examples as feeds of the training program. */
interface HeldData {
  readonly feeds: Readonly<Record<string, Tensor>>;
}

async function hold(
  split: Split,
  dataset: Dataset,
  signal?: AbortSignal,
  rows?: readonly number[],
): Promise<HeldData> {
  const batch = await split.read(rows ?? Array.from({ length: split.length }, (_, i) => i), signal);
  const feeds: Record<string, Tensor> = {};
  for (const spec of dataset.inputs) {
    feeds[`data_${spec.name}`] = columnTensor(
      spec.dtype,
      [batch.length, ...spec.shape],
      batch.inputs[spec.name],
    );
  }
  feeds.data_target = {
    dtype: batch.target instanceof Int32Array ? "int32" : "float32",
    dims: [batch.length],
    data: batch.target,
  };
  return { feeds };
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

/** The random key of each step: Philox of (seed, step), so that no slicing or resuming changes it. */
function stepKeys(seed: number, from: number, count: number): Uint32Array {
  return Uint32Array.from(
    { length: count },
    (_, i) => philox([from + i, 0, 0, 0], [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0])[0],
  );
}
