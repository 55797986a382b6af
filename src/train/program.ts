import { fail } from "../base/index.js";
import { allNodes, type DType, type Graph, type Model, ONNX_DTYPE, type Value } from "../ir/index.js";
import type { Network } from "../nn/index.js";
import { irVersionOf } from "../onnx/portable.js";
import { Builder, opsetFor } from "../ops/index.js";
import { lowerDepthwise, mergeCommonSubexpressions } from "../passes/index.js";
import { unpack } from "./flat.js";
import { Inliner } from "./gradient-graph.js";
import { type ParameterSpace, parameterSpace } from "./parameters.js";
import { PhaseGraph, type PhasePlan, type StepOutputs, WEIGHT } from "./phase.js";

/** A graph as a model, of the operator set that it needs; foreign operators are taken from their first set. */
export function modelOf(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Model {
  const opset = opsetFor(graph);
  const opsets: Record<string, number> = { "": opset };
  for (const { domain } of allNodes(graph)) opsets[domain] ??= 1;
  return { graph, opsets, irVersion: irVersionOf(opset), producer: "morphospace", metadata };
}

/** One evaluation of a training program: metrics over all examples of a stream. */
export interface EvaluationPlan {
  readonly name: string;
  /** Inference form, of batch "N". Outputs: metrics, means over the batch. */
  readonly network: Network;
  /** Stream (by name) of each of the network's inputs; all have one length. */
  readonly stream: string;
  readonly batchSize: number;
}

/** Types of the examples of a stream, by field. */
export type StreamFields = Readonly<
  Record<string, { readonly dtype: DType; readonly shape: readonly number[] }>
>;

export interface ProgramPlan {
  readonly phases: readonly PhasePlan[];
  readonly evaluations: readonly EvaluationPlan[];
  readonly streams: Readonly<Record<string, StreamFields>>;
  /** Whether a phase (by position) trains a parameter. */
  readonly trains: (phase: number, param: { readonly name: string }) => boolean;
}

/** A training program with the names of what goes in and comes out. */
export interface TrainingProgram {
  readonly model: Model;
  readonly space: ParameterSpace;
  readonly phases: readonly PhaseGraph[];
  readonly names: ProgramNames;
}

/** Names of a program's inputs; the outputs of carried ones have `_out` behind them. */
export interface ProgramNames {
  readonly theta: readonly string[];
  readonly phases: readonly {
    readonly slots: readonly string[];
    /** Rows of the data, by stream: [rounds, steps, accumulate, batch] without axes of length 1 but the outer two. */
    readonly orders: Readonly<Record<string, string>>;
    readonly rates: string;
    readonly steps: string;
    readonly keys: string;
    /** Outputs, one a round. */
    readonly losses: string;
    readonly metrics: readonly string[];
  }[];
  readonly data: (stream: string, field: string) => string;
  readonly evaluations: readonly {
    readonly trips: string;
    readonly order: string;
    /** Outputs, one a mini-batch: what it counts, and its metrics. */
    readonly weight: string;
    readonly metrics: readonly string[];
  }[];
}

/**
 * The training program: many rounds in one run, then evaluations. A round is the body of a `Loop`; in it every phase
 * takes its steps in turn. Weights, optimizer slots and running statistics are the loop's carried state; mini-batches
 * are gathered inside by index. Each evaluation is a `Loop` over mini-batches behind it, of 0 trips where it is not
 * wanted.
 */
export function buildProgram(plan: ProgramPlan): TrainingProgram {
  const networks = [...plan.phases, ...plan.evaluations].map((it) => it.network);
  const trains = (phase: number, param: { readonly name: string }) => plan.trains(phase, param);
  const space = parameterSpace(networks, plan.phases.length, trains);
  const phases = plan.phases.map((phase, p) => {
    const trained = space.blocks.flatMap(({ params }, i) => (params.some((it) => trains(p, it)) ? [i] : []));
    if (trained.length === 0)
      fail("phase_parameters", { path: phase.name, expected: "a phase that trains at least one parameter" });
    return new PhaseGraph(phase, space, trained);
  });
  const names = namesOf(plan, space, phases);
  const g = new Builder("training");
  const trips = g.input("trips", "int64", []);
  const inputs = declareInputs(g, plan, space, phases, names);
  const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });

  const carried = [...inputs.theta, inputs.states, ...inputs.slots.flat()];
  const body = g.subgraph(
    "body",
    [
      { name: "trip", dtype: "int64", shape: [] },
      { name: "going", dtype: "bool", shape: [] },
      ...carried.map((v) => ({ name: v.name, dtype: v.dtype, shape: v.shape })),
    ],
    (b, trip, goingIn, ...held) => {
      if (trip === undefined || goingIn === undefined)
        throw new Error("unreachable: the body has two inputs more");
      const count = space.blocks.length;
      let theta: readonly Value[] = held.slice(0, count);
      let states = held[count] ?? inputs.states;
      let at = count + 1;
      const slots: Value[] = [];
      const scanned: Value[] = [];
      phases.forEach((phase, p) => {
        const own = held.slice(at, at + phase.slotShapes.length);
        at += own.length;
        const result = writeRound(b, phase, trip, { theta, states, slots: own }, inputs.phases[p]);
        theta = result.theta;
        states = result.states;
        slots.push(...result.slots);
        scanned.push(result.loss, ...result.metrics);
      });
      return [goingIn, ...theta, states, ...slots, ...scanned];
    },
  );
  const scans = phases.reduce((sum, phase) => sum + 1 + phase.metrics.length, 0);
  const results = g.op("Loop", [trips, going, ...carried], { body }, carried.length + scans);
  const outputs = [
    ...carried.map((v) => `${v.name}_out`),
    ...names.phases.flatMap(({ losses, metrics }) => [losses, ...metrics]),
  ].map((name, i) => g.identityAs(results[i] ?? fail("internal", { expected: "the loop's outputs" }), name));
  const evaluated = plan.evaluations.flatMap((evaluation, e) => {
    const named = names.evaluations[e] ?? fail("internal", { expected: "names of the evaluation" });
    const weights = evaluationWeights(plan, phases, space, results);
    const sums = writeEvaluation(g, evaluation, space, weights, inputs.streams, named);
    return [named.weight, ...named.metrics].map((name, i) => g.identityAs(sums[i] ?? sums[0] ?? trips, name));
  });
  return { model: modelOf(g.finish([...outputs, ...evaluated])), space, phases, names };
}

interface PhaseInputs {
  /** Contents of a stream's field for each of the network's inputs. */
  readonly data: readonly Value[];
  readonly streams: readonly string[];
  readonly orders: Readonly<Record<string, Value>>;
  readonly rates: Value;
  readonly steps: Value;
  readonly keys: Value;
}

function declareInputs(
  g: Builder,
  plan: ProgramPlan,
  space: ParameterSpace,
  phases: readonly PhaseGraph[],
  names: ProgramNames,
) {
  const theta = space.blocks.map(({ size }, i) => g.input(names.theta[i] ?? "theta", "float32", [size]));
  const slots = phases.map((phase, p) =>
    phase.slotShapes.map((shape, i) => g.input(names.phases[p]?.slots[i] ?? "slot", "float32", shape)),
  );
  const states = g.input("states", "float32", [space.stateSize]);
  const streams = new Map<string, Value>();
  for (const [stream, fields] of Object.entries(plan.streams)) {
    for (const [field, { dtype, shape }] of Object.entries(fields)) {
      const name = names.data(stream, field);
      streams.set(`${stream}/${field}`, g.input(name, dtype, [`${stream || "train"}_examples`, ...shape]));
    }
  }
  const perPhase = phases.map(({ plan: phase }, p): PhaseInputs => {
    const named = names.phases[p] ?? fail("internal", { expected: "names of the phase" });
    const inner = phase.steps === 1 ? ["trips"] : ["trips", phase.steps];
    const micro = phase.accumulate === 1 ? [] : [phase.accumulate];
    const used = [...new Set(phase.streams)];
    return {
      data: phase.network.inputs.map((v, i) => {
        const [stream, field] = [phase.streams[i] ?? "", fieldOf(v, phase)];
        return (
          streams.get(`${stream}/${field}`) ??
          fail("stream_field", { path: phase.name, expected: `a field ${field} of the stream ${stream}` })
        );
      }),
      streams: phase.streams,
      orders: Object.fromEntries(
        used.map((stream) => [
          stream,
          g.input(named.orders[stream] ?? stream, "int64", [...inner, ...micro, phase.batches[stream] ?? 1]),
        ]),
      ),
      rates: g.input(named.rates, "float32", inner),
      steps: g.input(named.steps, "float32", inner),
      keys: g.input(named.keys, "uint32", inner),
    };
  });
  return { theta, slots, states, streams, phases: perPhase };
}

function fieldOf(input: Value, { several = false }: Pick<PhasePlan, "several">): string {
  return several ? input.name.slice(input.name.indexOf(".") + 1) : input.name;
}

/** All steps of a phase in one round; loss and metrics are means over them. */
function writeRound(
  b: Builder,
  phase: PhaseGraph,
  trip: Value,
  held: Pick<StepOutputs, "theta" | "states" | "slots">,
  inputs: PhaseInputs | undefined,
): StepOutputs {
  if (inputs === undefined) return fail("internal", { expected: "inputs of the phase" });
  const { steps } = phase.plan;
  const take = (v: Value) => b.Gather(v, trip, { axis: 0 });
  const round = {
    orders: Object.fromEntries(Object.entries(inputs.orders).map(([stream, v]) => [stream, take(v)])),
    rates: take(inputs.rates),
    steps: take(inputs.steps),
    keys: take(inputs.keys),
  };
  if (steps === 1) {
    return phase.write(b, {
      ...held,
      data: dataOf(b, round.orders, inputs),
      learningRate: round.rates,
      step: round.steps,
      key: round.keys,
    });
  }
  const own = phase.trained;
  const carried = [...own.map((i) => held.theta[i] ?? held.states), held.states, ...held.slots];
  const body = b.subgraph(
    "steps",
    [
      { name: "inner", dtype: "int64", shape: [] },
      { name: "going", dtype: "bool", shape: [] },
      ...carried.map((v, i) => ({ name: `held${i}`, dtype: v.dtype, shape: v.shape })),
    ],
    (inner, at, going, ...now) => {
      if (at === undefined || going === undefined)
        throw new Error("unreachable: the body has two inputs more");
      const theta = [...held.theta];
      own.forEach((block, i) => {
        theta[block] = now[i] ?? held.states;
      });
      const pick = (v: Value) => inner.Gather(v, at, { axis: 0 });
      const result = phase.write(inner, {
        theta,
        states: now[own.length] ?? held.states,
        slots: now.slice(own.length + 1),
        data: dataOf(
          inner,
          Object.fromEntries(Object.entries(round.orders).map(([stream, v]) => [stream, pick(v)])),
          inputs,
        ),
        learningRate: pick(round.rates),
        step: pick(round.steps),
        key: pick(round.keys),
      });
      const next = own.map((block) => result.theta[block] ?? held.states);
      return [going, ...next, result.states, ...result.slots, result.loss, ...result.metrics];
    },
  );
  const going = b.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
  const count = carried.length + 1 + phase.metrics.length;
  const results = b.op("Loop", [b.i64(steps), going, ...carried], { body }, count);
  const theta = [...held.theta];
  own.forEach((block, i) => {
    theta[block] = results[i] ?? held.states;
  });
  const [loss, ...metrics] = results
    .slice(carried.length)
    .map((v) => b.ReduceMean(v, b.i64([0]), { keepdims: 0 }));
  return {
    theta,
    states: results[own.length] ?? held.states,
    slots: results.slice(own.length + 1, carried.length),
    loss: loss ?? fail("internal", { expected: "a loss" }),
    metrics,
  };
}

/** The network's inputs of a step: the step's rows of the data, or those of one of its mini-batches. */
function dataOf(g: Builder, orders: Readonly<Record<string, Value>>, inputs: PhaseInputs) {
  const gathered = new Map<Value, Value>();
  return (b: Builder, micro: Value | undefined): readonly Value[] =>
    inputs.data.map((all, i) => {
      const rows = orders[inputs.streams[i] ?? ""] ?? fail("internal", { expected: "rows of the stream" });
      if (micro !== undefined) return b.Gather(all, b.Gather(rows, micro, { axis: 0 }), { axis: 0 });
      // Once a step, in its own graph: further evaluations of the step use them again.
      const known = gathered.get(all) ?? g.Gather(all, rows, { axis: 0 });
      gathered.set(all, known);
      return known;
    });
}

/** Weights that evaluations use: averages where a phase keeps them, the weights themselves elsewhere. */
function evaluationWeights(
  plan: ProgramPlan,
  phases: readonly PhaseGraph[],
  space: ParameterSpace,
  results: readonly Value[],
): { readonly theta: readonly { readonly value: Value; readonly at: number }[]; readonly states: Value } {
  const count = space.blocks.length;
  const theta = results.slice(0, count).map((value) => ({ value, at: 0 }));
  let states = results[count] ?? fail("internal", { expected: "states" });
  let at = count + 1;
  phases.forEach((phase, p) => {
    const average = plan.phases[p]?.optimizer.average;
    if (average !== undefined) {
      let offset = 0;
      for (const block of phase.trained) {
        const value = results[at + average.theta];
        if (value !== undefined) theta[block] = { value, at: offset };
        offset += space.blocks[block]?.size ?? 0;
      }
      states = results[at + average.states] ?? states;
    }
    at += phase.slotShapes.length;
  });
  return { theta, states };
}

/**
 * A loop over mini-batches of a stream that gives the metrics of each; the last one may be smaller. They are added up
 * outside, in float64, so that no cut of an evaluation changes its result.
 */
function writeEvaluation(
  g: Builder,
  evaluation: EvaluationPlan,
  space: ParameterSpace,
  weights: ReturnType<typeof evaluationWeights>,
  streams: ReadonlyMap<string, Value>,
  names: ProgramNames["evaluations"][number],
): Value[] {
  const { network, stream, batchSize } = evaluation;
  const trips = g.input(names.trips, "int64", []);
  const order = g.input(names.order, "int64", [`${evaluation.name}_rows`]);
  const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
  const byName = new Map<string, Value>();
  space.blocks.forEach(({ params, size }, i) => {
    const from = weights.theta[i];
    if (from === undefined) return;
    const whole = from.value.shape[0] === size;
    const flat = whole ? from.value : g.Slice(from.value, g.i64([from.at]), g.i64([from.at + size]));
    unpack(g, flat, params).forEach((value, k) => {
      const param = params[k];
      if (param !== undefined) byName.set(param.name, value);
    });
  });
  if (space.states.length > 0) {
    unpack(g, weights.states, space.states).forEach((value, k) => {
      const state = space.states[k];
      if (state !== undefined) byName.set(state.name, value);
    });
  }
  const inliner = new Inliner();
  const forward = mergeCommonSubexpressions(lowerDepthwise(network.graph));
  const outputs = Object.entries(network.outputs);
  const body = g.subgraph(
    `evaluate_${evaluation.name}`,
    [
      { name: "trip", dtype: "int64", shape: [] },
      { name: "going", dtype: "bool", shape: [] },
    ],
    (b, trip, goingIn) => {
      if (trip === undefined || goingIn === undefined)
        throw new Error("unreachable: the body has two inputs more");
      const from = b.Mul(b.Unsqueeze(trip, b.i64([0])), b.i64([batchSize]));
      const rows = b.Slice(order, from, b.Add(from, b.i64([batchSize])));
      const bindings: (readonly [Value, Value])[] = [
        ...network.inputs.map((v) => {
          const all = streams.get(`${stream}/${v.name}`) ?? fail("stream_field", { path: v.name });
          return [v, b.Gather(all, rows, { axis: 0 })] as const;
        }),
        ...[...network.params, ...network.states].map(
          ({ name, value }) => [value, byName.get(name) ?? value] as const,
        ),
      ];
      if (network.randomKey !== undefined) bindings.push([network.randomKey, b.scalar(0, "uint32")]);
      const values = inliner.write(b, forward, bindings);
      const given = values[outputs.findIndex(([name]) => name === WEIGHT)];
      const weight = given ?? b.Cast(b.Squeeze(b.Shape(rows), b.i64([0])), { to: ONNX_DTYPE.float32 });
      const metrics = values.filter((_, i) => outputs[i] !== undefined && outputs[i][0] !== WEIGHT);
      return [goingIn, weight, ...metrics];
    },
  );
  return g.op("Loop", [trips, going], { body }, names.metrics.length + 1);
}

function namesOf(plan: ProgramPlan, space: ParameterSpace, phases: readonly PhaseGraph[]): ProgramNames {
  const single = phases.length === 1;
  const oneStream = Object.keys(plan.streams).length <= 1;
  return {
    theta: space.blocks.map((_, i) => (space.blocks.length === 1 ? "theta" : `theta${i}`)),
    phases: phases.map((phase) => {
      const { name, streams } = phase.plan;
      const tail = single ? "" : `_${name}`;
      const used = [...new Set(streams)];
      return {
        slots: phase.slotShapes.map((_, i) => (single ? `slot${i}` : `${name}_slot${i}`)),
        orders: Object.fromEntries(
          used.map((stream) => [stream, used.length === 1 ? `order${tail}` : `order${tail}_${stream}`]),
        ),
        rates: `learning_rates${tail}`,
        steps: `steps${tail}`,
        keys: `keys${tail}`,
        losses: `losses${tail}`,
        metrics: phase.metrics.map((metric) => `metric${tail}_${metric}`),
      };
    }),
    data: (stream, field) => (oneStream || stream === "" ? `data_${field}` : `data_${stream}_${field}`),
    evaluations: plan.evaluations.map(({ name, network }) => ({
      trips: `evaluate_${name}_trips`,
      order: `evaluate_${name}_order`,
      weight: `evaluate_${name}_weight`,
      metrics: Object.keys(network.outputs)
        .filter((metric) => metric !== WEIGHT)
        .map((metric) => `evaluate_${name}_${metric}`),
    })),
  };
}
