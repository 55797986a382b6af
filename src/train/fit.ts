import { fail, unknownName } from "../base/index.js";
import { type Model, prune, sizeOf, type Tensor } from "../ir/index.js";
import { buildNetwork, countParams, type NetworkBody, type NetworkInput, type Weights } from "../nn/index.js";
import type { Runtime } from "../runtime/index.js";
import { exportGraph } from "./export.js";
import type { FitEvaluation, Phase, PlateauOptions } from "./fit-phase.js";
import { wholeNumber } from "./fit-phase.js";
import { planFit } from "./fit-plan.js";
import type { FitState, Watch } from "./fit-state.js";
import { sizeOfAll, weightsFor } from "./parameters.js";
import { modelOf } from "./program.js";
import { type Preparation, ProgramRunner } from "./runner.js";

/** End training when a number stops getting better. */
export interface EarlyStopping {
  /** `validation/loss`: a metric of an evaluation, or of a phase. */
  readonly monitor: string;
  /** Default "min". */
  readonly mode?: "min" | "max";
  /** Evaluations without a better number that are waited for. */
  readonly patience: number;
  /** Smallest change that counts as better. Default 0. */
  readonly minDelta?: number;
  /** Whether the weights of the best epoch are the result. Default true. */
  readonly restoreBest?: boolean;
}

export interface FitOptions {
  readonly phases: Phase | readonly Phase[];
  readonly evaluations?: FitEvaluation | readonly FitEvaluation[];
  readonly epochs: number;
  /** Rounds of all phases in an epoch. Default: one pass through the first phase's data. */
  readonly roundsPerEpoch?: number;
  /** Epochs from one evaluation to the next; the last epoch is always evaluated. Default 1. */
  readonly evaluateEvery?: number;
  readonly earlyStopping?: EarlyStopping;
  /** Of everything random. Default 0. */
  readonly seed?: number;
  /** Initial contents of parameters by name, in place of their initialisers. */
  readonly initial?: Readonly<Record<string, Float32Array>>;
  readonly threads?: number;
  /**
   * About how long one run of the runtime takes, in milliseconds: how often there is news, and how soon a wish to stop
   * is heard. `Infinity` trains each epoch in one run. Has no influence on results. Default 250.
   */
  readonly sliceMs?: number;
}

/** Numbers by name; those of one element are plain, others are lists in row-major order. */
export type MetricValues = Readonly<Record<string, number | readonly number[]>>;

export interface EpochEvent {
  readonly kind: "epoch";
  /** From 1. */
  readonly epoch: number;
  /** Means over the epoch's rounds, with the last learning rate. */
  readonly phases: Readonly<
    Record<string, { readonly loss: number; readonly learningRate: number } & MetricValues>
  >;
  /** Empty in epochs that are not evaluated. */
  readonly evaluations: Readonly<Record<string, MetricValues>>;
  /** Whether the number that early stopping watches is the best so far. */
  readonly improved: boolean;
}

export type FitEvent =
  | ({ readonly kind: "ready"; readonly parameters: number } & Preparation)
  | {
      readonly kind: "progress";
      /** The epoch that is under way, from 1. */
      readonly epoch: number;
      /** Rounds of it that are done, of `rounds`. */
      readonly round: number;
      readonly rounds: number;
      /** Loss of the last round, by phase. */
      readonly losses: Readonly<Record<string, number>>;
    }
  | EpochEvent
  | { readonly kind: "stopped"; readonly reason: "epochs" | "patience"; readonly epoch: number };

/**
 * Training of one or several phases on one or several streams of data, as one program for the runtime. Equal options
 * and seed give equal weights on one machine with one thread, however the run is cut or resumed. Dispose of it: it
 * holds a session.
 */
export class Fit implements AsyncDisposable {
  private constructor(
    private readonly options: FitOptions,
    private readonly phases: readonly Phase[],
    private readonly evaluations: readonly FitEvaluation[],
    private readonly runner: ProgramRunner,
    /** After the last event. */
    private current: FitState,
  ) {}

  /** @throws `fit_option`, `stream_empty`, `parameter_conflict`, and what building the networks throws */
  static async create(runtime: Runtime, options: FitOptions, signal?: AbortSignal): Promise<Fit> {
    const phases = [options.phases].flat();
    const evaluations = [options.evaluations ?? []].flat();
    for (const name of ["epochs", "roundsPerEpoch", "evaluateEvery"] as const)
      if (options[name] !== undefined) wholeNumber(name, options[name]);
    checkMonitors(options, phases, evaluations);
    const { plan, streams, order } = planFit(phases, evaluations);
    const { seed = 0, threads, sliceMs, initial } = options;
    const runner = await ProgramRunner.create(runtime, plan, streams, {
      seed,
      threads,
      sliceMs,
      order,
      initial,
      signal,
    });
    try {
      const start: FitState = {
        program: runner.start(),
        epoch: 0,
        roundInEpoch: 0,
        sums: zeroSums(runner),
        watch: UNSEEN,
        plateaus: phases.map(() => ({ ...UNSEEN, factor: 1 })),
      };
      const fit = new Fit(options, phases, evaluations, runner, start);
      if (fit.roundsPerEpoch < 1) fail("internal", { expected: "at least one round an epoch" });
      return fit;
    } catch (error) {
      await runner[Symbol.asyncDispose]();
      throw error;
    }
  }

  get roundsPerEpoch(): number {
    return this.options.roundsPerEpoch ?? this.runner.roundsPerPass;
  }

  /** After the last event: store it with `encodeFitState`, and go on from it with {@link run}. */
  get state(): FitState {
    return this.current;
  }

  get preparation(): Preparation {
    return this.runner.preparation;
  }

  /**
   * Trains to the end; yields news. Leaving the loop leaves {@link state} where the last event was.
   *
   * @param from where to go on; default: the present state
   * @throws `training_diverged` for a loss that is not finite; `state_mismatch` for a state of another program
   */
  async *run(
    options: { readonly from?: FitState; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<FitEvent> {
    const { signal } = options;
    if (options.from !== undefined) {
      this.checkState(options.from);
      this.current = options.from;
    }
    yield { kind: "ready", parameters: this.parameterCount, ...this.preparation };
    while (this.current.stopped === undefined) {
      yield* this.restOfEpoch(signal);
      yield await this.endEpoch(signal);
    }
    yield { kind: "stopped", reason: this.current.stopped, epoch: this.current.epoch };
  }

  private async *restOfEpoch(signal?: AbortSignal): AsyncGenerator<FitEvent> {
    const total = this.roundsPerEpoch;
    const left = total - this.current.roundInEpoch;
    const from = this.current.program;
    for await (const { state, report } of this.runner.rounds(from, left, this.rate, signal)) {
      const done = this.current.roundInEpoch + (state.round - this.current.program.round);
      const sums = this.current.sums.map((list, p) => {
        const values = [report.losses[p], ...(report.metrics[p] ?? [])].map(
          (v) => v ?? fail("internal", { expected: "what the phase reports" }),
        );
        return addRounds(list, values, state.round - this.current.program.round);
      });
      this.current = { ...this.current, program: state, roundInEpoch: done, sums };
      yield {
        kind: "progress",
        epoch: this.current.epoch + 1,
        round: done,
        rounds: total,
        losses: Object.fromEntries(
          this.phases.map(({ name }, p) => [name, report.losses[p]?.at(-1) ?? Number.NaN]),
        ),
      };
    }
  }

  /** The learning rate of a phase's step. */
  private readonly rate = (phase: number, step: number): number => {
    const it = this.phases[phase] ?? fail("internal", { expected: "a phase" });
    const total = this.options.epochs * this.roundsPerEpoch * it.steps;
    return it.schedule(step, total) * (this.current.plateaus[phase]?.factor ?? 1);
  };

  private async endEpoch(signal?: AbortSignal): Promise<EpochEvent> {
    const { epochs, evaluateEvery = 1, earlyStopping } = this.options;
    const { program, sums } = this.current;
    const epoch = this.current.epoch + 1;
    const phases = Object.fromEntries(
      this.phases.map(({ name, steps }, p) => [
        name,
        {
          ...this.means(p, sums[p] ?? []),
          learningRate: this.rate(p, program.round * steps - 1),
        } as EpochEvent["phases"][string],
      ]),
    );
    const due = epoch % evaluateEvery === 0 || epoch === epochs;
    const evaluations = due ? await this.evaluateAll(signal) : {};
    const values = { ...phases, ...evaluations };
    const seen = earlyStopping === undefined ? undefined : monitored(values, earlyStopping.monitor);
    const watch =
      earlyStopping === undefined || seen === undefined
        ? this.current.watch
        : advance(this.current.watch, seen, epoch, earlyStopping);
    const improved = seen !== undefined && watch.epoch === epoch;
    const keeps = improved && (earlyStopping?.restoreBest ?? true);
    const patient = earlyStopping === undefined || watch.waited < earlyStopping.patience;
    this.current = {
      ...this.current,
      epoch,
      roundInEpoch: 0,
      sums: zeroSums(this.runner),
      watch,
      plateaus: this.phases.map(({ plateau }, p) =>
        nextPlateau(this.current.plateaus[p], plateau, values, epoch),
      ),
      best: keeps ? this.averaged(program) : this.current.best,
      stopped: !patient ? "patience" : epoch >= epochs ? "epochs" : undefined,
    };
    return { kind: "epoch", epoch, phases, evaluations, improved };
  }

  private means(phase: number, sums: readonly number[]): MetricValues {
    const { metrics, plan } = this.runner.program.phases[phase] ?? fail("internal", { expected: "a phase" });
    let at = 1;
    const means = sums.map((sum) => sum / this.roundsPerEpoch);
    const named = metrics.map((name) => {
      const size = sizeOf(plan.network.outputs[name]?.dims ?? []);
      const part = means.slice(at, at + size);
      at += size;
      return [name, plain(part)] as const;
    });
    return { loss: means[0] ?? Number.NaN, ...Object.fromEntries(named) };
  }

  private async evaluateAll(signal?: AbortSignal): Promise<Record<string, MetricValues>> {
    const out: Record<string, MetricValues> = {};
    for (const { name } of this.evaluations) out[name] = await this.evaluate(name, signal);
    return out;
  }

  /** Numbers of an evaluation at the present weights (their averages, where the optimizer keeps some). */
  async evaluate(name: string, signal?: AbortSignal): Promise<MetricValues> {
    const at = this.evaluations.findIndex((it) => it.name === name);
    if (at < 0)
      unknownName(
        "evaluation",
        name,
        this.evaluations.map((it) => it.name),
      );
    const values = await this.runner.evaluate(this.current.program, at, signal);
    return Object.fromEntries(Object.entries(values).map(([metric, list]) => [metric, plain(list)]));
  }

  /** What is evaluated and exported of a state: averages where a phase keeps some, the weights elsewhere. */
  private averaged(program: FitState["program"]): {
    readonly theta: Float32Array[];
    readonly states: Float32Array;
  } {
    const theta = [...program.theta];
    let { states } = program;
    this.runner.program.phases.forEach((phase, p) => {
      const { average } = phase.plan.optimizer;
      const whole = average === undefined ? undefined : program.slots[p]?.[average.theta];
      if (average === undefined || whole === undefined) return;
      let at = 0;
      for (const block of phase.trained) {
        const size = theta[block]?.length ?? 0;
        theta[block] = whole.slice(at, at + size);
        at += size;
      }
      states = program.slots[p]?.[average.states] ?? states;
    });
    return { theta, states };
  }

  /** The weights that training has come to, for a network with the same names: those of the best epoch where kept. */
  weights(network: Parameters<typeof weightsFor>[0]): Weights {
    const { theta, states } = this.current.best ?? this.averaged(this.current.program);
    return weightsFor(network, this.runner.program.space, theta, states);
  }

  /** All parameters by name. */
  parameters(): Record<string, Tensor> {
    const { blocks } = this.runner.program.space;
    return Object.fromEntries(
      blocks
        .flatMap(({ params }) => params)
        .map((param) => {
          const data = this.weights({ params: [param], states: [] }).params;
          return [param.name, { dtype: "float32" as const, dims: param.shape, data }];
        }),
    );
  }

  get parameterCount(): number {
    return this.runner.program.space.blocks.reduce((sum, { params }) => sum + countParams({ params }), 0);
  }

  /** Bytes of parameters, running statistics and optimizer state. */
  get stateBytes(): number {
    const { program } = this.current;
    const all = [...program.theta, program.states, ...program.slots.flat()];
    return all.reduce((sum, v) => sum + v.byteLength, 0);
  }

  /** The trained network in its inference form as a plain ONNX model, weights inside. Batch size is free. */
  toModel(
    inputs: readonly NetworkInput[],
    body: NetworkBody,
    metadata: Readonly<Record<string, string>> = {},
  ): Model {
    const network = buildNetwork("model", inputs, body, { training: false, batch: "N" });
    return modelOf(prune(exportGraph(network, this.weights(network))), metadata);
  }

  private checkState({ program, sums }: FitState): void {
    const shape = (it: FitState["program"]) => [
      it.theta.map((v) => v.length),
      it.states.length,
      it.slots.map((list) => list.map((v) => v.length)),
    ];
    const [own, given] = [this.runner.start(), program].map((it) => JSON.stringify(shape(it)));
    if (own !== given || sums.length !== this.phases.length)
      fail("state_mismatch", {
        expected: "a state of the same networks and optimizers",
        received: "vectors of other lengths",
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner[Symbol.asyncDispose]();
  }
}

export interface FitResult {
  readonly state: FitState;
  readonly epochs: readonly EpochEvent[];
  readonly stopped: "epochs" | "patience";
  /** All parameters by name: those of the best epoch where early stopping keeps them. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly preparation: Preparation;
  /** See {@link Fit.weights}. */
  readonly weights: Fit["weights"];
  /** See {@link Fit.toModel}. */
  readonly toModel: Fit["toModel"];
}

/** Trains from the beginning (or from a state) to the end. For news, stops and stored states in between use {@link Fit}. */
export async function fit(
  runtime: Runtime,
  options: FitOptions & {
    readonly from?: FitState;
    readonly signal?: AbortSignal;
    readonly onEvent?: (event: FitEvent, state: FitState) => void;
  },
): Promise<FitResult> {
  const { from, signal, onEvent, ...rest } = options;
  await using it = await Fit.create(runtime, rest, signal);
  const epochs: EpochEvent[] = [];
  for await (const event of it.run({ from, signal })) {
    onEvent?.(event, it.state);
    if (event.kind === "epoch") epochs.push(event);
  }
  return {
    state: it.state,
    epochs,
    stopped: it.state.stopped ?? "epochs",
    parameters: it.parameters(),
    preparation: it.preparation,
    weights: (network) => it.weights(network),
    toModel: (...args) => it.toModel(...args),
  };
}

const UNSEEN: Watch = { best: null, epoch: 0, waited: 0 };

function zeroSums(runner: ProgramRunner): number[][] {
  return runner.program.phases.map(({ metrics, plan }) => {
    const sizes = metrics.map((name) => sizeOfAll([{ shape: plan.network.outputs[name]?.dims ?? [] }]));
    return new Array<number>(1 + sizes.reduce((a, b) => a + b, 0)).fill(0);
  });
}

/** Sums with some rounds more, added one by one, so that no cut changes them. */
function addRounds(sums: readonly number[], values: readonly Float32Array[], rounds: number): number[] {
  let at = 0;
  const next = [...sums];
  for (const list of values) {
    const size = list.length / rounds;
    for (let r = 0; r < rounds; r++)
      for (let i = 0; i < size; i++) next[at + i] = (next[at + i] ?? 0) + (list[r * size + i] ?? 0);
    at += size;
  }
  return next;
}

function plain(list: readonly number[]): number | readonly number[] {
  return list.length === 1 ? (list[0] ?? Number.NaN) : list;
}

/** A number by its path, `validation/loss`; undefined where it was not computed this time. */
function monitored(values: Readonly<Record<string, MetricValues>>, path: string): number | undefined {
  const [group = "", metric = ""] = path.split("/");
  const known = values[group];
  if (known === undefined) return undefined;
  const value = known[metric];
  if (typeof value === "number") return value;
  return fail("fit_option", {
    path: "monitor",
    expected: `a number of ${group}: ${Object.keys(known).join(", ")}`,
    received: path,
  });
}

function advance(
  watch: Watch,
  value: number,
  epoch: number,
  { mode = "min", minDelta = 0 }: { readonly mode?: "min" | "max"; readonly minDelta?: number },
): Watch {
  const { best } = watch;
  const better = best === null || (mode === "min" ? value < best - minDelta : value > best + minDelta);
  return better && !Number.isNaN(value)
    ? { best: value, epoch, waited: 0 }
    : { ...watch, waited: watch.waited + 1 };
}

function nextPlateau(
  now: FitState["plateaus"][number] | undefined,
  plateau: PlateauOptions | undefined,
  values: Readonly<Record<string, MetricValues>>,
  epoch: number,
): FitState["plateaus"][number] {
  const state = now ?? { ...UNSEEN, factor: 1 };
  const seen = plateau === undefined ? undefined : monitored(values, plateau.monitor);
  if (plateau === undefined || seen === undefined) return state;
  const { factor = 0.1, patience = 10, minFactor = 0 } = plateau;
  const watch = advance(state, seen, epoch, plateau);
  // After more epochs than it waits for, the rate is lowered and the waiting begins anew.
  return watch.waited > patience
    ? { ...watch, waited: 0, factor: Math.max(minFactor, state.factor * factor) }
    : { ...watch, factor: state.factor };
}

/** Watched numbers must exist: a mistyped name would silently watch nothing. */
function checkMonitors(
  { earlyStopping }: FitOptions,
  phases: readonly Phase[],
  evaluations: readonly FitEvaluation[],
): void {
  const groups = [...phases, ...evaluations].map(({ name }) => name);
  const monitors = [earlyStopping, ...phases.map(({ plateau }) => plateau)].flatMap((it) =>
    it === undefined ? [] : [it.monitor],
  );
  for (const monitor of monitors) {
    if (!/^\w+\/\w+$/.test(monitor) || !groups.includes(monitor.split("/")[0] ?? ""))
      fail("fit_option", {
        path: "monitor",
        expected: `name/metric with a name of ${groups.join(", ")}`,
        received: monitor,
      });
  }
}
