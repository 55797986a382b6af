import { fail } from "../base/index.js";
import type { Value } from "../ir/index.js";
import type { NetworkBuilder, Optimizer, ParameterGroups, Schedule } from "../nn/index.js";
import type { ParameterChoice } from "./parameters.js";
import type { Order } from "./sampler.js";
import type { Stream } from "./stream.js";

/** A stream with the number of examples that a mini-batch takes from it. */
export interface StreamUse<F extends string = string> {
  readonly stream: Stream<F>;
  readonly batchSize: number;
  /** Default: {@link shuffled}. */
  readonly order?: Order;
}

/** What a phase may read: one stream, several under names of their own, or nothing. */
export type PhaseData = Stream | Readonly<Record<string, StreamUse>> | undefined;

/** A mini-batch as graph values: by field, or by stream and field where there are several streams. */
export type BatchOf<D> =
  D extends Stream<infer F>
    ? Readonly<Record<F, Value>>
    : D extends undefined
      ? Readonly<Record<never, Value>>
      : { readonly [K in keyof D]: D[K] extends StreamUse<infer F> ? Readonly<Record<F, Value>> : never };

/**
 * A loss: a scalar alone, or with further outputs. `weight` (scalar) says how much the mini-batch counts where its
 * examples have masks or weights; all others are metrics that are reported beside the loss.
 */
export type LossResult = Value | (Readonly<Record<string, Value>> & { readonly loss: Value });

/** Lower the learning rate when a number stops getting better. */
export interface PlateauOptions {
  /** `validation/loss`: a metric of an evaluation, or of a phase. */
  readonly monitor: string;
  /** Default "min". */
  readonly mode?: "min" | "max";
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number;
  /** Epochs without a better number before the rate is lowered. Default 10. */
  readonly patience?: number;
  /** Smallest change that counts as better. Default 0. */
  readonly minDelta?: number;
  /** The factor never falls below this share of the schedule. Default 0. */
  readonly minFactor?: number;
}

export interface PhaseOptions<D extends PhaseData, O> {
  /** Default: `train`. */
  readonly name?: string;
  readonly data: D;
  /** Examples of a mini-batch, where `data` is one stream. */
  readonly batchSize?: number;
  /** Default: {@link shuffled}. */
  readonly order?: Order;
  /**
   * The network in its training form. Parameters are known by their names: another phase that declares one of the same
   * name shares it.
   */
  readonly network: (g: NetworkBuilder, batch: BatchOf<D>) => O;
  readonly loss: (g: NetworkBuilder, outputs: O, batch: BatchOf<D>) => LossResult;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Parameters that this phase trains. Default: all that its network declares. */
  readonly parameters?: ParameterChoice;
  /** Learning rates and weight decay of groups of parameters. */
  readonly groups?: ParameterGroups;
  /** Optimizer steps before the next phase takes its turn. Default 1. */
  readonly steps?: number;
  /** Mini-batches whose gradients make one step. Default 1. */
  readonly accumulate?: number;
  readonly plateau?: PlateauOptions;
}

/** A phase of training with its types erased; made by {@link phase}. */
export interface Phase {
  readonly name: string;
  readonly uses: Readonly<Record<string, StreamUse>>;
  /** Whether fields are called `stream.field`. */
  readonly several: boolean;
  readonly body: (g: NetworkBuilder, batch: BatchOf<PhaseData>) => Readonly<Record<string, Value>>;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly parameters?: ParameterChoice;
  readonly groups?: ParameterGroups;
  readonly steps: number;
  readonly accumulate: number;
  readonly plateau?: PlateauOptions;
}

/**
 * One part of training: a loss on a stream of data, the parameters that it trains, and how. Phases take turns.
 *
 * @throws `fit_option` for options that cannot be
 */
export function phase<const D extends PhaseData, O>(options: PhaseOptions<D, O>): Phase {
  const { name = "train", data, steps = 1, accumulate = 1, network, loss } = options;
  if (!/^[A-Za-z]\w*$/.test(name))
    fail("fit_option", { path: "phase.name", expected: "letters, digits and _", received: name });
  for (const [what, value] of Object.entries({ steps, accumulate })) wholeNumber(`${name}.${what}`, value);
  const several = data !== undefined && !isStream(data);
  const uses = usesOf(name, options);
  for (const [stream, use] of Object.entries(uses)) wholeNumber(`${name}.${stream}.batchSize`, use.batchSize);
  return {
    name,
    uses,
    several,
    steps,
    accumulate,
    optimizer: options.optimizer,
    schedule: options.schedule,
    parameters: options.parameters,
    groups: options.groups,
    plateau: options.plateau,
    body(g, erased) {
      const batch = erased as BatchOf<D>;
      const result = loss(g, network(g, batch), batch);
      return "loss" in result ? { ...result, loss: result.loss } : { loss: result };
    },
  };
}

function usesOf<D extends PhaseData, O>(
  name: string,
  { data, batchSize, order }: PhaseOptions<D, O>,
): Readonly<Record<string, StreamUse>> {
  if (data === undefined) return {};
  if (!isStream(data)) return data as Readonly<Record<string, StreamUse>>;
  if (batchSize === undefined)
    return fail("fit_option", { path: `${name}.batchSize`, expected: "the examples of a mini-batch" });
  return { [name]: { stream: data, batchSize, order } };
}

function isStream(data: NonNullable<PhaseData>): data is Stream {
  return "read" in data && typeof data.read === "function";
}

export function wholeNumber(path: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1))
    fail("fit_option", { path, expected: "a whole number of at least 1", received: `${value}` });
}

export interface EvaluationOptions<F extends string, O> {
  /** Default: `validation`. */
  readonly name?: string;
  readonly data: Stream<F>;
  /** Has no influence on results but rounding. Default 250. */
  readonly batchSize?: number;
  /** The network in its inference form; parameters are found by their names. */
  readonly network: (g: NetworkBuilder, batch: Readonly<Record<F, Value>>) => O;
  /**
   * Numbers about a batch: means over its examples (tensors of fixed shape). `weight` says how much the batch
   * counts where not by its examples.
   */
  readonly metrics: (
    g: NetworkBuilder,
    outputs: O,
    batch: Readonly<Record<F, Value>>,
  ) => Readonly<Record<string, Value>>;
}

/** An evaluation with its types erased; made by {@link evaluation}. */
export interface FitEvaluation {
  readonly name: string;
  readonly stream: Stream;
  readonly batchSize: number;
  readonly body: (
    g: NetworkBuilder,
    batch: Readonly<Record<string, Value>>,
  ) => Readonly<Record<string, Value>>;
}

/** Numbers about held-out data, computed inside the training program after each epoch. */
export function evaluation<F extends string, O>(options: EvaluationOptions<F, O>): FitEvaluation {
  const { name = "validation", data, batchSize = 250, network, metrics } = options;
  if (!/^[A-Za-z]\w*$/.test(name))
    fail("fit_option", { path: "evaluation.name", expected: "letters, digits and _", received: name });
  wholeNumber(`${name}.batchSize`, batchSize);
  return {
    name,
    stream: data,
    batchSize,
    body(g, erased) {
      const batch = erased as Readonly<Record<F, Value>>;
      return metrics(g, network(g, batch), batch);
    },
  };
}
