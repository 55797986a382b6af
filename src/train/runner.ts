import { fail, philox } from "../base/index.js";
import { allocate, sizeOf, type Tensor } from "../ir/index.js";
import { initialWeights } from "../nn/index.js";
import type { Runtime, Session } from "../runtime/index.js";
import { buildProgram, type ProgramPlan, type TrainingProgram } from "./program.js";
import { type Order, Sampler, shuffled } from "./sampler.js";
import type { Stream } from "./stream.js";

/** All that training carries: going on from it is the same as never having stopped. */
export interface ProgramState {
  /** One vector a block of parameters. */
  readonly theta: readonly Float32Array[];
  readonly states: Float32Array;
  /** By phase. */
  readonly slots: readonly (readonly Float32Array[])[];
  /** Rounds behind it. */
  readonly round: number;
}

/** What some rounds gave, by phase. */
export interface RoundReport {
  /** One number a round. */
  readonly losses: readonly Float32Array[];
  /** By metric; [rounds, ...shape]. */
  readonly metrics: readonly (readonly Float32Array[])[];
}

export interface RunnerOptions {
  /** Of everything random: initial weights, order of examples, augmentation, dropout. */
  readonly seed: number;
  readonly threads?: number;
  /** About how long one run takes: how soon a wish to stop is heard. Has no influence on results. Default 250. */
  readonly sliceMs?: number;
  /** Order of a phase's stream; default: shuffled. */
  readonly order?: (phase: number, stream: string) => Order | undefined;
  /** Initial contents of parameters by name, in place of their initialisers. */
  readonly initial?: Readonly<Record<string, Float32Array>>;
  readonly signal?: AbortSignal;
}

/** What it took to get ready. */
export interface Preparation {
  /** Building the graph, gradients and lowering included. */
  readonly buildMs: number;
  /** Creating the session. */
  readonly sessionMs: number;
  /** True where a session of an equal program was at hand. */
  readonly reused: boolean;
}

const SLICE_MS = 250;
const ROUNDS_PER_RUN = 512;

/** Runs a training program over streams. Dispose of it: it holds a session. */
export class ProgramRunner implements AsyncDisposable {
  private roundsPerSlice = 1;
  private batchesPerSlice = 1;

  private constructor(
    readonly program: TrainingProgram,
    private readonly plan: ProgramPlan,
    private readonly streams: Readonly<Record<string, Stream>>,
    private readonly held: ReadonlyMap<string, Readonly<Record<string, Tensor>>>,
    private readonly options: RunnerOptions,
    private readonly session: Session,
    readonly preparation: Preparation,
    /** By phase and stream. */
    private readonly samplers: readonly ReadonlyMap<string, Sampler>[],
  ) {}

  /** @throws `stream_empty` for a stream without examples */
  static async create(
    runtime: Runtime,
    plan: ProgramPlan,
    streams: Readonly<Record<string, Stream>>,
    options: RunnerOptions,
  ): Promise<ProgramRunner> {
    for (const [name, { length }] of Object.entries(streams)) {
      if (length < 1) fail("stream_empty", { path: name, expected: "at least one example" });
    }
    const began = performance.now();
    const blockedChannels = await runtime.blockedChannels?.();
    const phases = plan.phases.map((phase) => ({ ...phase, blockedChannels }));
    const program = buildProgram({ ...plan, phases });
    const built = performance.now();
    const held = new Map<string, Readonly<Record<string, Tensor>>>();
    for (const [name, stream] of Object.entries(streams)) {
      if (!stream.inMemory) continue;
      const all = () => Array.from({ length: stream.length }, (_, i) => i);
      held.set(name, stream.whole ?? (await stream.read(all(), options.signal)));
    }
    const samplers = plan.phases.map((phase, p) => {
      const used = [...new Set(phase.streams)];
      return new Map(
        used.map((name, s) => {
          const draws = phase.steps * phase.accumulate * (phase.batches[name] ?? 1);
          const order = options.order?.(p, name) ?? shuffled;
          const path = p === 0 && s === 0 ? ["order"] : ["order", phase.name, name];
          return [name, new Sampler(streams[name]?.length ?? 0, draws, order, options.seed, path)] as const;
        }),
      );
    });
    const loading = performance.now();
    const session = await runtime.load(program.model, {
      threads: options.threads ?? 1,
      memoryPattern: false,
    });
    const preparation = {
      buildMs: built - began,
      sessionMs: performance.now() - loading,
      reused: session.reused ?? false,
    };
    return new ProgramRunner(program, plan, streams, held, options, session, preparation, samplers);
  }

  /** Rounds in one pass through the first stream of the first phase that reads one. */
  get roundsPerPass(): number {
    const [first] = this.samplers.flatMap((it) => [...it.values()]);
    return (
      first?.roundsPerPass ?? fail("epoch_length", { expected: "a phase that reads data, or roundsPerEpoch" })
    );
  }

  /** The untrained state. */
  start(): ProgramState {
    const { space, phases } = this.program;
    const { initial = {}, seed } = this.options;
    const names = new Set(space.blocks.flatMap(({ params }) => params.map((p) => p.name)));
    for (const name of Object.keys(initial)) {
      if (!names.has(name))
        fail("parameter_unknown", { path: name, expected: "the name of a parameter of the networks" });
    }
    const theta = space.blocks.map(({ params }) => {
      const drawn = initialWeights({ params, states: [] }, seed).params;
      let at = 0;
      for (const { name, shape } of params) {
        const given = Object.hasOwn(initial, name) ? initial[name] : undefined;
        if (given !== undefined && given.length !== sizeOf(shape))
          fail("weights_size", {
            path: name,
            expected: `${sizeOf(shape)} numbers`,
            received: `${given.length}`,
          });
        if (given !== undefined) drawn.set(given, at);
        at += sizeOf(shape);
      }
      return drawn;
    });
    const drawn = initialWeights({ params: [], states: space.states }, seed).states;
    const states = drawn.length === 0 ? new Float32Array(1) : drawn;
    const slots = phases.map((phase) => {
      const own = join(phase.trained.map((i) => theta[i] ?? new Float32Array(0)));
      return phase.plan.optimizer.slots.map((slot) =>
        slot.start === "theta"
          ? own.slice()
          : slot.start === "states"
            ? states.slice()
            : new Float32Array(sizeOf(slot.shape(phase.layout))),
      );
    });
    return { theta, states, slots, round: 0 };
  }

  /**
   * Train some rounds, in slices; yields after each.
   *
   * @param rate learning rate of a phase's step: by phase and number of the step, from 0
   * @throws `training_diverged` for a loss that is not finite
   */
  async *rounds(
    from: ProgramState,
    count: number,
    rate: (phase: number, step: number) => number,
    signal?: AbortSignal,
  ): AsyncGenerator<{ readonly state: ProgramState; readonly report: RoundReport }> {
    const { sliceMs = SLICE_MS } = this.options;
    const most = Number.isFinite(sliceMs) ? ROUNDS_PER_RUN : count;
    if (!Number.isFinite(sliceMs)) this.roundsPerSlice = count;
    let at = from;
    for (let done = 0; done < count; ) {
      signal?.throwIfAborted();
      const rounds = Math.min(this.roundsPerSlice, count - done);
      const began = performance.now();
      const { state, report } = await this.run(at, rounds, rate, signal);
      const tookMs = performance.now() - began;
      if (Number.isFinite(sliceMs))
        this.roundsPerSlice = Math.max(
          1,
          Math.min(most, Math.round((rounds * sliceMs) / Math.max(1, tookMs))),
        );
      this.check(report, at.round);
      at = state;
      done += rounds;
      yield { state, report };
    }
  }

  private check({ losses }: RoundReport, round: number): void {
    losses.forEach((list, p) => {
      const bad = list.findIndex((loss) => !Number.isFinite(loss));
      if (bad < 0) return;
      const { name, steps } = this.plan.phases[p] ?? { name: "", steps: 1 };
      fail("training_diverged", {
        path: `${name === "" ? "" : `${name}, `}step ${(round + bad) * steps + 1}`,
        received: `a loss of ${list[bad]}`,
        hint: "lower the learning rate, or look for extreme values in the data",
      });
    });
  }

  private async run(
    from: ProgramState,
    rounds: number,
    rate: (phase: number, step: number) => number,
    signal?: AbortSignal,
  ): Promise<{ readonly state: ProgramState; readonly report: RoundReport }> {
    const { names, phases } = this.program;
    const feeds: Record<string, Tensor> = { ...this.carried(from), trips: integer(rounds) };
    const drawn = new Map<string, number[]>();
    names.phases.forEach((named, p) => {
      const { steps, accumulate, batches } = phases[p]?.plan ?? fail("internal", { expected: "a phase" });
      const dims = steps === 1 ? [rounds] : [rounds, steps];
      for (const [stream, sampler] of this.samplers[p] ?? []) {
        const rows = Array.from({ length: rounds }, (_, i) => sampler.round(from.round + i)).flat();
        // Rows of a stream that is read piece by piece are counted within the piece.
        const piece = this.held.has(stream) ? undefined : (drawn.get(stream) ?? []);
        const offset = piece?.length ?? 0;
        if (piece !== undefined) {
          for (const row of rows) piece.push(row);
          drawn.set(stream, piece);
        }
        const data = BigInt64Array.from(rows, (row, i) => BigInt(piece === undefined ? row : offset + i));
        const micro = accumulate === 1 ? [] : [accumulate];
        feeds[named.orders[stream] ?? ""] = {
          dtype: "int64",
          dims: [...dims, ...micro, batches[stream] ?? 1],
          data,
        };
      }
      const first = from.round * steps;
      const each = <T>(of: (step: number) => T) =>
        Array.from({ length: rounds * steps }, (_, i) => of(first + i));
      feeds[named.rates] = floats(Float32Array.from(each((step) => rate(p, step))), dims);
      feeds[named.steps] = floats(Float32Array.from(each((step) => step + 1)), dims);
      const keys = Uint32Array.from(each((step) => stepKey(this.options.seed, step, p)));
      feeds[named.keys] = { dtype: "uint32", dims, data: keys };
    });
    for (const stream of Object.keys(this.streams)) {
      const used = this.samplers.some((it) => it.has(stream));
      const rows = drawn.get(stream);
      await this.feedStream(feeds, stream, used ? (rows ?? "all") : "none", signal);
    }
    names.evaluations.forEach(({ trips, order }) => {
      feeds[trips] = integer(0);
      feeds[order] = { dtype: "int64", dims: [0], data: new BigInt64Array(0) };
    });
    const wanted = [
      ...names.theta.map((name) => `${name}_out`),
      "states_out",
      ...names.phases.flatMap(({ slots, losses, metrics }) => [
        ...slots.map((name) => `${name}_out`),
        losses,
        ...metrics,
      ]),
    ];
    const out = await this.session.run(this.accepted(feeds), wanted);
    const take = (name: string) => floatsOf(out, name);
    return {
      state: {
        theta: names.theta.map((name) => take(`${name}_out`)),
        states: take("states_out"),
        slots: names.phases.map(({ slots }) => slots.map((name) => take(`${name}_out`))),
        round: from.round + rounds,
      },
      report: {
        losses: names.phases.map(({ losses }) => take(losses)),
        metrics: names.phases.map(({ metrics }) => metrics.map(take)),
      },
    };
  }

  /** Metrics of an evaluation (by position) over its whole stream: weighted means over the examples. */
  async evaluate(
    at: ProgramState,
    evaluation: number,
    signal?: AbortSignal,
  ): Promise<Record<string, number[]>> {
    const { names, phases } = this.program;
    const plan = this.plan.evaluations[evaluation] ?? fail("internal", { expected: "an evaluation" });
    const named = names.evaluations[evaluation] ?? fail("internal", { expected: "names of the evaluation" });
    const { sliceMs = SLICE_MS } = this.options;
    const { length } = this.streams[plan.stream] ?? fail("internal", { expected: "the evaluation's stream" });
    const batches = Math.ceil(length / plan.batchSize);
    const sums = new Map<string, Float64Array>();
    let weight = 0;
    for (let done = 0; done < batches; ) {
      signal?.throwIfAborted();
      const count = Number.isFinite(sliceMs) ? Math.min(this.batchesPerSlice, batches - done) : batches;
      const first = done * plan.batchSize;
      const rows = Array.from(
        { length: Math.min(count * plan.batchSize, length - first) },
        (_, i) => first + i,
      );
      const feeds: Record<string, Tensor> = { ...this.carried(at), trips: integer(0) };
      names.phases.forEach((it, p) => {
        const {
          steps,
          accumulate,
          batches: sizes,
        } = phases[p]?.plan ?? fail("internal", { expected: "a phase" });
        const dims = steps === 1 ? [0] : [0, steps];
        for (const [stream, name] of Object.entries(it.orders)) {
          const micro = accumulate === 1 ? [] : [accumulate];
          feeds[name] = {
            dtype: "int64",
            dims: [...dims, ...micro, sizes[stream] ?? 1],
            data: new BigInt64Array(0),
          };
        }
        feeds[it.rates] = floats(new Float32Array(0), dims);
        feeds[it.steps] = floats(new Float32Array(0), dims);
        feeds[it.keys] = { dtype: "uint32", dims, data: new Uint32Array(0) };
      });
      names.evaluations.forEach(({ trips, order }, i) => {
        const on = i === evaluation;
        const numbers = this.held.has(plan.stream) ? rows : rows.map((_, k) => k);
        feeds[trips] = integer(on ? count : 0);
        feeds[order] = {
          dtype: "int64",
          dims: [on ? rows.length : 0],
          data: BigInt64Array.from(on ? numbers : [], BigInt),
        };
      });
      for (const stream of Object.keys(this.streams)) {
        const held = this.held.has(stream);
        await this.feedStream(feeds, stream, stream !== plan.stream ? "none" : held ? "all" : rows, signal);
      }
      const began = performance.now();
      const out = await this.session.run(this.accepted(feeds), [named.weight, ...named.metrics]);
      const tookMs = performance.now() - began;
      this.batchesPerSlice = Math.max(1, Math.min(4096, Math.round((count * sliceMs) / Math.max(1, tookMs))));
      const weights = floatsOf(out, named.weight);
      for (const w of weights) weight += w;
      for (const name of named.metrics) {
        const values = floatsOf(out, name);
        const size = values.length / weights.length;
        const sum = sums.get(name) ?? new Float64Array(size);
        values.forEach((v, i) => {
          sum[i % size] = (sum[i % size] ?? 0) + v * (weights[Math.floor(i / size)] ?? 0);
        });
        sums.set(name, sum);
      }
      done += count;
    }
    const prefix = `evaluate_${plan.name}_`.length;
    return Object.fromEntries(
      [...sums].map(([name, sum]) => [
        name.slice(prefix),
        Array.from(sum, (v) => v / Math.max(weight, 1e-30)),
      ]),
    );
  }

  private carried(state: ProgramState): Record<string, Tensor> {
    const { names, phases } = this.program;
    const feeds: Record<string, Tensor> = { states: floats(state.states) };
    names.theta.forEach((name, i) => {
      feeds[name] = floats(state.theta[i] ?? new Float32Array(0));
    });
    names.phases.forEach(({ slots }, p) => {
      slots.forEach((name, i) => {
        feeds[name] = floats(state.slots[p]?.[i] ?? new Float32Array(0), phases[p]?.slotShapes[i]);
      });
    });
    return feeds;
  }

  /** All examples of a stream, some, or (in the form of empty tensors) none. */
  private async feedStream(
    feeds: Record<string, Tensor>,
    name: string,
    rows: "all" | "none" | readonly number[],
    signal?: AbortSignal,
  ): Promise<void> {
    const stream = this.streams[name] ?? fail("internal", { expected: `a stream ${name}` });
    const held = this.held.get(name);
    const some = rows === "none" ? undefined : rows === "all" ? held : await stream.read(rows, signal);
    for (const [field, { dtype, shape }] of Object.entries(stream.fields)) {
      feeds[this.program.names.data(name, field)] = some?.[field] ?? {
        dtype,
        dims: [0, ...shape],
        data: allocate(dtype, 0),
      };
    }
  }

  /** The runtime drops inputs that nothing reads, and refuses to be fed them. */
  private accepted(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    const known = new Set(this.session.inputNames);
    return Object.fromEntries(Object.entries(feeds).filter(([name]) => known.has(name)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}

function integer(value: number): Tensor {
  return { dtype: "int64", dims: [], data: BigInt64Array.of(BigInt(value)) };
}

function floats(data: Float32Array, dims: readonly number[] = [data.length]): Tensor {
  return { dtype: "float32", dims, data };
}

function floatsOf(out: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const data = out[name]?.data;
  return data instanceof Float32Array ? data : fail("runtime_output", { path: name, expected: "float32" });
}

function join(vectors: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(vectors.reduce((sum, v) => sum + v.length, 0));
  let at = 0;
  for (const v of vectors) {
    out.set(v, at);
    at += v.length;
  }
  return out;
}

/** The random key of a step: Philox of (seed, step, phase), so that no slicing or resuming changes it. */
function stepKey(seed: number, step: number, phase: number): number {
  return philox(step, phase, seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0)[0] ?? 0;
}
