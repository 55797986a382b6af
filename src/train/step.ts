import { fail } from "../base/index.js";
import type { Task } from "../data/index.js";
import { type Graph, type Model, prune, type Value } from "../ir/index.js";
import {
  clipNorm,
  correctCount,
  crossEntropy,
  meanSquaredError,
  type Network,
  type Optimizer,
  type ParameterGroups,
} from "../nn/index.js";
import { Builder, inline } from "../ops/index.js";
import { mergeCommonSubexpressions } from "../passes/index.js";
import { checkDistillation, type DistillationOptions, softLoss } from "./distill.js";
import { partner } from "./mixup.js";
import type { Problem } from "./model.js";
import { parameterSpace } from "./parameters.js";
import { PhaseGraph, type PhasePlan } from "./phase.js";
import { buildProgram, type ProgramPlan } from "./program.js";

export interface StepOptions {
  readonly optimizer: Optimizer;
  readonly labelSmoothing?: number;
  /** Largest Euclidean norm of the gradient; unlimited where left out. */
  readonly clipNorm?: number;
  /** Channels in a block of the runtime's own layout for convolutions, to use its kernels (`blockLayout`). */
  readonly blockedChannels?: number;
  /** Mini-batches whose gradients make one step. Default 1. */
  readonly accumulate?: number;
  readonly groups?: ParameterGroups;
  /** How much a network's output `teacher` counts, where it has one. */
  readonly distillation?: DistillationOptions;
}

/** One training step as a graph, with handles on its inputs and outputs. All weights are flat vectors. */
export interface StepGraph {
  readonly graph: Graph;
  readonly inputs: {
    readonly theta: Value;
    readonly slots: readonly Value[];
    readonly states: Value;
    readonly data: readonly Value[];
    readonly target: Value;
    readonly learningRate: Value;
    readonly step: Value;
    readonly key: Value;
  };
  /** Order of the graph's outputs: theta, slots, states, loss, score. */
  readonly slots: number;
}

/** The optimizer of a step, clipping included. */
export function optimizerFor({ optimizer, clipNorm: norm }: Pick<StepOptions, "optimizer" | "clipNorm">) {
  return norm === undefined ? optimizer : clipNorm(optimizer, { norm });
}

/**
 * Forward pass, loss, gradients and optimizer of one mini-batch. `score` is the number of right answers
 * (classification) or the sum of squared errors in standardised units (regression).
 */
export function buildStep(network: Network, task: Task, options: StepOptions): StepGraph {
  const plan = { ...phasePlan(network, task, options), accumulate: 1 };
  const space = parameterSpace([plan.network], 1, () => true);
  const phase = new PhaseGraph(plan, space, [0]);
  const g = new Builder("step");
  const theta = g.input("theta", "float32", [phase.layout.size]);
  const slots = phase.slotShapes.map((shape, i) => g.input(`slot${i}`, "float32", shape));
  const states = g.input("states", "float32", [space.stateSize]);
  const fields = plan.network.inputs.map((v) => g.input(v.name, v.dtype, v.shape));
  const learningRate = g.input("learning_rate", "float32", []);
  const step = g.input("step", "float32", []);
  const key = g.input("key", "uint32", []);
  const result = phase.write(g, {
    theta: [theta],
    states,
    slots,
    data: () => fields,
    learningRate,
    step,
    key,
  });
  const carried = result.states === states ? g.Identity(states) : result.states;
  const outputs = [...result.theta, ...result.slots, carried, result.loss, ...result.metrics];
  const target = fields.at(-1) ?? fail("network_inputs", { expected: "a target" });
  return {
    graph: prune(mergeCommonSubexpressions(g.finish(outputs))),
    inputs: { theta, slots, states, data: fields.slice(0, -1), target, learningRate, step, key },
    slots: slots.length,
  };
}

/**
 * The training program of one network on one data set (see {@link buildProgram}).
 *
 * Inputs: `trips` (int64, number of steps), `theta`, `slot0`…, `states`, `data_NAME` [examples, …] for each data
 * input, `data_target` [examples], `order` [trips, batch] (int64, rows of the data; [trips, accumulate, batch] where
 * gradients are accumulated), `learning_rates`, `steps` and `keys` [trips]. Outputs: `theta_out`, `slot0_out`…,
 * `states_out`, `losses` and `metric_score` [trips].
 */
export function trainingProgram(network: Network, problem: Problem, options: StepOptions): Model {
  return buildProgram(taskPlan(network, problem.task, options)).model;
}

/** A plan of one phase that trains a network on one stream, called "": the data set's inputs and `target`. */
export function taskPlan(network: Network, task: Task, options: StepOptions): ProgramPlan {
  const plan = phasePlan(network, task, options);
  const fields = Object.fromEntries(
    plan.network.inputs.map((v) => [v.name, { dtype: v.dtype, shape: v.dims.slice(1) }]),
  );
  return { phases: [plan], evaluations: [], streams: { "": fields }, trains: () => true };
}

function phasePlan(network: Network, task: Task, options: StepOptions): PhasePlan {
  const scored = scoredNetwork(network, task, options);
  const batch = network.inputs[0]?.shape[0] ?? fail("network_inputs", { expected: "at least one input" });
  if (typeof batch !== "number")
    fail("shape_symbolic", { expected: "a training form with a fixed batch", received: `batch ${batch}` });
  return {
    name: "",
    network: scored,
    streams: scored.inputs.map(() => ""),
    batches: { "": batch },
    steps: 1,
    accumulate: options.accumulate ?? 1,
    optimizer: optimizerFor(options),
    groups: options.groups,
    blockedChannels: options.blockedChannels,
  };
}

/** A network with one input more, `target`, and the outputs `loss` and `score` of its task. */
function scoredNetwork(network: Network, task: Task, options: StepOptions): Network {
  const g = new Builder(network.graph.name);
  const bindings = new Map(network.graph.inputs.map((v) => [v, g.input(v.name, v.dtype, v.shape)] as const));
  const at = <T extends { readonly value: Value }>(it: T): T => ({
    ...it,
    value: bindings.get(it.value) ?? it.value,
  });
  const batch = network.inputs[0]?.shape[0] ?? 1;
  const target = g.input("target", task.kind === "classification" ? "int32" : "float32", [batch]);
  const outputs = inline(g, network.graph, bindings);
  const [prediction] = outputs;
  if (prediction === undefined) return fail("network_outputs", { expected: "at least one output" });
  const named = (name: string) => outputs[Object.keys(network.outputs).indexOf(name)];
  const smoothing = options.labelSmoothing ?? 0;
  const share = named("share");
  const lossOn = (made: Value) =>
    share === undefined
      ? lossOf(g, made, target, task, smoothing)
      : mixedLossOf(g, made, target, task, smoothing, share);
  const { loss: hard, score } = lossOn(prediction);
  const teacher = named("teacher");
  const main = teacher === undefined ? hard : taughtLoss(g, hard, prediction, teacher, task, options);
  const further = (network.auxiliaries ?? []).flatMap((weight, i) => {
    const made = named(`auxiliary${i + 1}`);
    return made === undefined ? [] : [g.Mul(lossOn(made).loss, g.scalar(weight))];
  });
  const loss = further.length === 0 ? main : g.Sum([main, ...further]);
  const next = outputs.slice(Object.keys(network.outputs).length);
  const states = new Map(network.states.map((s) => [s, at(s)] as const));
  return {
    graph: g.finish([loss, score, ...next]),
    inputs: [...network.inputs.map((v) => bindings.get(v) ?? v), target],
    params: network.params.map(at),
    states: [...states.values()],
    updates: network.updates.map(({ state, next: old }, i) => ({
      state: states.get(state) ?? state,
      next: next[i] ?? old,
    })),
    mixtures: network.mixtures.map((it) => ({ ...it, alpha: bindings.get(it.alpha) ?? it.alpha })),
    randomKey: network.randomKey === undefined ? undefined : bindings.get(network.randomKey),
    outputs: { loss, score },
  };
}

/** Part of the loss is the distance from the teacher's predictions: of probabilities, or of numbers. */
function taughtLoss(
  g: Builder,
  hard: Value,
  prediction: Value,
  teacher: Value,
  task: Task,
  options: StepOptions,
): Value {
  const { temperature, weight } = checkDistillation(options.distillation ?? {});
  const soft =
    task.kind === "classification"
      ? softLoss(g, prediction, teacher, temperature)
      : meanSquaredError(g, prediction, teacher);
  return g.Add(g.Mul(soft, g.scalar(weight)), g.Mul(hard, g.scalar(1 - weight)));
}

/**
 * The loss where each example is `share` [N] of itself and for the rest another one: of each of the two targets by its
 * share. The score is that of the target with the larger share; of numbers, that of the mixed target.
 */
function mixedLossOf(
  g: Builder,
  prediction: Value,
  target: Value,
  task: Task,
  smoothing: number,
  share: Value,
): { readonly loss: Value; readonly score: Value } {
  const other = partner(g, target);
  if (task.kind === "regression") {
    const mixed = g.Add(other, g.Mul(g.Sub(target, other), share));
    return lossOf(g, prediction, mixed, task, smoothing);
  }
  const single = (labels: Value) => crossEntropy(g, prediction, labels, { smoothing, reduction: "none" });
  const [own, its] = [single(target), single(other)];
  const larger = g.Where(g.GreaterOrEqual(share, g.scalar(0.5)), target, other);
  return {
    loss: g.ReduceMean(g.Add(its, g.Mul(g.Sub(own, its), share)), undefined, { keepdims: 0 }),
    score: correctCount(g, prediction, larger),
  };
}

/** Loss and score of a task's predictions: logits [N, K] and classes, or values [N, 1] and numbers. */
export function lossOf(
  g: Builder,
  prediction: Value,
  target: Value,
  task: Task,
  smoothing: number,
): { readonly loss: Value; readonly score: Value } {
  if (task.kind === "classification") {
    return {
      loss: crossEntropy(g, prediction, target, smoothing),
      score: correctCount(g, prediction, target),
    };
  }
  const standardised = g.Mul(g.Sub(target, g.scalar(task.mean)), g.scalar(1 / task.std));
  const wanted = g.Reshape(standardised, g.i64([-1, 1]));
  const error = g.Sub(prediction, wanted);
  return {
    loss: meanSquaredError(g, prediction, wanted),
    score: g.ReduceSum(g.Mul(error, error), undefined, { keepdims: 0 }),
  };
}
