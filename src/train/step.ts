import { gradients } from "../autodiff/index.js";
import { fail } from "../base/index.js";
import type { Task } from "../data/index.js";
import { type Graph, prune, sizeOf, tensor, type Value } from "../ir/index.js";
import {
  clipByNorm,
  correctCount,
  countParams,
  crossEntropy,
  meanSquaredError,
  type Network,
  type Optimizer,
} from "../nn/index.js";
import { Builder, inline } from "../ops/index.js";
import {
  blockLayout,
  decomposeBatchNorm,
  lowerChannelSums,
  lowerDepthwise,
  lowerFilterGradients,
  lowerPointwiseNorm,
  mergeCommonSubexpressions,
} from "../passes/index.js";

export interface StepOptions {
  readonly optimizer: Optimizer;
  readonly labelSmoothing?: number;
  /** Largest Euclidean norm of the gradient; unlimited where left out. */
  readonly clipNorm?: number;
  /** Channels in a block of the runtime's own layout for convolutions, to use its kernels (`blockLayout`). */
  readonly blockedChannels?: number;
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

/**
 * Forward pass, loss, gradients and optimizer of one mini-batch. `score` is the number of right answers
 * (classification) or the sum of squared errors in standardised units (regression).
 */
export function buildStep(network: Network, task: Task, options: StepOptions): StepGraph {
  const g = new Builder("step");
  const size = countParams(network);
  const stateSize = network.states.reduce((sum, s) => sum + sizeOf(s.shape), 0);
  const theta = g.input("theta", "float32", [size]);
  const slots = Array.from({ length: options.optimizer.slots }, (_, i) =>
    g.input(`slot${i}`, "float32", [size]),
  );
  const states = g.input("states", "float32", [Math.max(1, stateSize)]);
  const data = network.inputs.map((v) => g.input(v.name, v.dtype, v.shape));
  const batch = network.inputs[0]?.shape[0] ?? fail("network_inputs", { expected: "at least one input" });
  const target = g.input("target", task.kind === "classification" ? "int32" : "float32", [batch]);
  const learningRate = g.input("learning_rate", "float32", []);
  const step = g.input("step", "float32", []);
  const key = g.input("key", "uint32", []);

  const params = unpack(g, theta, network.params);
  const bindings = new Map<Value, Value>();
  network.inputs.forEach((v, i) => {
    bindings.set(v, data[i] ?? v);
  });
  network.params.forEach((p, i) => {
    bindings.set(p.value, params[i] ?? p.value);
  });
  const oldStates = stateSize === 0 ? [] : unpack(g, states, network.states);
  network.states.forEach((s, i) => {
    bindings.set(s.value, oldStates[i] ?? s.value);
  });
  if (network.randomKey !== undefined) bindings.set(network.randomKey, key);

  const outputs = inline(
    g,
    lowerDepthwise(lowerPointwiseNorm(network.graph), options.blockedChannels),
    bindings,
  );
  const [prediction] = outputs;
  if (prediction === undefined) fail("network_outputs", { expected: "at least one output" });
  const nextStates = outputs.slice(Object.keys(network.outputs).length);
  const { loss, score } = lossOf(g, prediction, target, task, options.labelSmoothing ?? 0);
  const perParam = gradients(g, loss, params);
  let grad = pack(
    g,
    network.params.map(
      (p, i) => perParam[i] ?? g.constant(tensor("float32", p.shape, new Float32Array(sizeOf(p.shape)))),
    ),
  );
  if (options.clipNorm !== undefined) grad = clipByNorm(g, grad, options.clipNorm);
  const mask = Float32Array.from(
    network.params.flatMap((p) => new Array<number>(sizeOf(p.shape)).fill(p.decay ? 1 : 0)),
  );
  const decayMask = g.constant({ dtype: "float32", dims: [size], data: mask }, "decay_mask");
  const next = options.optimizer.update(g, { theta, grad, slots, learningRate, step, decayMask });
  // A network without running statistics still passes one number along, so that every step has one form.
  const newStates =
    stateSize === 0 ? g.Identity(states) : pack(g, orderStates(network, nextStates, oldStates));
  const raw = g.finish([next.theta, ...next.slots, newStates, loss, score]);
  return {
    graph: lower(raw, options.blockedChannels),
    inputs: { theta, slots, states, data, target, learningRate, step, key },
    slots: slots.length,
  };
}

/** What differentiation left, as operators that ONNX Runtime has and is fast at. */
function lower(raw: Graph, blockedChannels: number | undefined): Graph {
  const plain = prune(mergeCommonSubexpressions(decomposeBatchNorm(raw)));
  const laidOut = blockedChannels === undefined ? plain : blockLayout(plain, blockedChannels);
  return lowerChannelSums(lowerFilterGradients(laidOut));
}

function lossOf(g: Builder, prediction: Value, target: Value, task: Task, smoothing: number) {
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

/** Cut a flat vector into tensors. */
export function unpack(
  g: Builder,
  flat: Value,
  items: readonly { readonly shape: readonly number[] }[],
): Value[] {
  const sizes = items.map((it) => sizeOf(it.shape));
  const parts = items.length === 1 ? [flat] : g.op("Split", [flat, g.i64(sizes)], { axis: 0 }, items.length);
  return items.map((it, i) => {
    const part = parts[i];
    if (part === undefined) throw new Error("unreachable: Split has an output for each item");
    return it.shape.length === 1 ? part : g.Reshape(part, g.i64(it.shape));
  });
}

/** Tensors as one flat vector. */
function pack(g: Builder, tensors: readonly Value[]): Value {
  const flat = tensors.map((t) => (t.rank === 1 ? t : g.Reshape(t, g.i64([-1]))));
  return flat.length === 1 && flat[0] !== undefined ? g.Identity(flat[0]) : g.Concat(flat, { axis: 0 });
}

function orderStates(network: Network, next: readonly Value[], old: readonly Value[]): Value[] {
  return network.states.map((state, i) => {
    const at = network.updates.findIndex((u) => u.state === state);
    const value = (at < 0 ? undefined : next[at]) ?? old[i];
    if (value === undefined) throw new Error(`state ${state.name} has no value`);
    return value;
  });
}
