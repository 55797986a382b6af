import { type Graph, type Model, sizeOf, type Value } from "../ir/index.js";
import type { Network } from "../nn/index.js";
import { irVersionOf } from "../onnx/portable.js";
import { Builder, inline, opsetFor } from "../ops/index.js";
import type { Problem } from "./model.js";
import { buildStep, type StepOptions, unpack } from "./step.js";

/** A graph as a model, of the operator set that it needs. */
export function modelOf(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Model {
  const opset = opsetFor(graph);
  return { graph, opsets: { "": opset }, irVersion: irVersionOf(opset), producer: "morphospace", metadata };
}

/**
 * The training program: many steps in one run. The step is the body of a `Loop`; weights, optimizer slots and
 * running statistics are its carried state; mini-batches are gathered inside by index.
 *
 * Inputs: `trips` (int64, number of steps), `theta`, `slot0`…, `states`, `data_NAME` [examples, …] for each data
 * input, `data_target` [examples], `order` [trips, batch] (int64, rows of the data), `learning_rates`, `steps` and
 * `keys` [trips]. Outputs: `theta_out`, `slot0_out`…, `states_out`, `losses` and `scores` [trips].
 */
export function trainingProgram(network: Network, problem: Problem, options: StepOptions): Model {
  const step = buildStep(network, problem.task, options);
  const g = new Builder("training");
  const trips = g.input("trips", "int64", []);
  const carried = [step.inputs.theta, ...step.inputs.slots, step.inputs.states];
  const start = carried.map((v) => g.input(v.name, v.dtype, v.shape));
  const data = step.inputs.data.map((v) =>
    g.input(`data_${v.name}`, v.dtype, ["examples", ...v.shape.slice(1)]),
  );
  const target = g.input("data_target", step.inputs.target.dtype, ["examples"]);
  const batch = step.inputs.target.shape[0] ?? 1;
  const order = g.input("order", "int64", ["trips", batch]);
  const rates = g.input("learning_rates", "float32", ["trips"]);
  const steps = g.input("steps", "float32", ["trips"]);
  const keys = g.input("keys", "uint32", ["trips"]);
  const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });

  const body = g.subgraph(
    "body",
    [
      { name: "trip", dtype: "int64", shape: [] },
      { name: "going", dtype: "bool", shape: [] },
      ...carried.map((v) => ({ name: v.name, dtype: v.dtype, shape: v.shape })),
    ],
    (b, trip, goingIn, ...state) => {
      if (trip === undefined || goingIn === undefined)
        throw new Error("unreachable: the body has two inputs more");
      const rows = b.Gather(order, trip, { axis: 0 });
      const bindings = new Map<Value, Value>();
      carried.forEach((v, i) => {
        bindings.set(v, state[i] ?? v);
      });
      step.inputs.data.forEach((v, i) => {
        bindings.set(v, b.Gather(data[i] ?? v, rows, { axis: 0 }));
      });
      bindings.set(step.inputs.target, b.Gather(target, rows, { axis: 0 }));
      bindings.set(step.inputs.learningRate, b.Gather(rates, trip, { axis: 0 }));
      bindings.set(step.inputs.step, b.Gather(steps, trip, { axis: 0 }));
      bindings.set(step.inputs.key, b.Gather(keys, trip, { axis: 0 }));
      return [goingIn, ...inline(b, step.graph, bindings)];
    },
  );
  const outputs = g.op("Loop", [trips, going, ...start], { body }, carried.length + 2);
  const names = [...carried.map((v) => `${v.name}_out`), "losses", "scores"];
  return modelOf(g.finish(outputs.map((v, i) => g.identityAs(v, names[i] ?? v.name))));
}

/**
 * The evaluation program: the inference form with its weights as inputs, so that one session serves every epoch.
 * Inputs: `theta`, `states`, the data inputs by name [N, …]. Output: `prediction` (logits, or values in the
 * target's units).
 */
export function evaluationProgram(network: Network): Model {
  const g = new Builder("evaluation");
  const size = network.params.reduce((sum, p) => sum + sizeOf(p.shape), 0);
  const stateSize = network.states.reduce((sum, s) => sum + sizeOf(s.shape), 0);
  const theta = g.input("theta", "float32", [size]);
  const states = g.input("states", "float32", [Math.max(1, stateSize)]);
  const bindings = new Map<Value, Value>();
  for (const v of network.inputs) bindings.set(v, g.input(v.name, v.dtype, v.shape));
  const params = unpack(g, theta, network.params);
  network.params.forEach((p, i) => {
    bindings.set(p.value, params[i] ?? p.value);
  });
  const parts = stateSize === 0 ? [] : unpack(g, states, network.states);
  network.states.forEach((s, i) => {
    bindings.set(s.value, parts[i] ?? s.value);
  });
  const [prediction] = inline(g, network.graph, bindings);
  if (prediction === undefined) throw new Error("the network has no output");
  return modelOf(g.finish([g.identityAs(prediction, "prediction")]));
}
