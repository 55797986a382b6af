/** Runs an optimizer on a loss that is a function of the weights alone: for tests of trajectories. */
import { gradients } from "../autodiff/index.js";
import { type Graph, sizeOf, type Tensor, tensor, type Value, verifyGraph } from "../ir/index.js";
import { layoutOf, type Optimizer, type ParameterGroups, rateOf } from "../nn/index.js";
import { Builder, refOf } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { modelOf } from "../train/index.js";

export interface Problem {
  readonly params: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly decay: boolean;
  }[];
  readonly start: readonly number[];
  readonly loss: (g: Builder, theta: Value) => Value;
  readonly groups?: ParameterGroups;
}

/** Weights after each step, and the slots after the last. */
export interface Trajectory {
  readonly theta: readonly (readonly number[])[];
  readonly slots: readonly (readonly number[])[];
}

const STATES = 1;

/** One step as a graph: inputs `theta`, `slot0`…, `rate`, `step`, `key`, `states`. */
export function stepGraph(optimizer: Optimizer, problem: Problem): { graph: Graph; slots: number[][] } {
  const g = new Builder("optimizer");
  const layout = layoutOf(problem.params, STATES, problem.groups);
  const theta = g.input("theta", "float32", [layout.size]);
  const shapes = optimizer.slots.map((slot) => slot.shape(layout));
  const slots = shapes.map((shape, i) => g.input(`slot${i}`, "float32", shape));
  const [rate, step] = ["rate", "step"].map((name) => g.input(name, "float32", [])) as [Value, Value];
  const key = g.input("key", "uint32", []);
  const states = g.input("states", "float32", [STATES]);
  const evaluate = (b: Builder, at: Value) => {
    // A value of this graph's own: gradients are taken of what follows from it.
    const point = b.Identity(at);
    const loss = problem.loss(b, point);
    const [grad] = gradients(b, loss, [point]);
    if (grad === undefined) throw new Error("the loss does not depend on the weights");
    return { loss, grad };
  };
  const { loss, grad } = evaluate(g, theta);
  const next = optimizer.update(g, {
    theta,
    grad,
    loss,
    slots,
    learningRate: rateOf(g, layout, rate),
    step,
    key,
    states,
    layout,
    evaluate,
    lossAt: (b, at) => problem.loss(b, at),
  });
  return { graph: g.finish([next.theta, ...next.slots]), slots: shapes.map((shape) => [...shape]) };
}

/** Steps in ONNX Runtime (float32) or by the reference interpreter (float64). */
export async function trajectory(
  optimizer: Optimizer,
  problem: Problem,
  rates: readonly number[],
  runtime: "onnxruntime" | "reference",
): Promise<Trajectory> {
  const { graph, slots } = stepGraph(optimizer, problem);
  const issues = verifyGraph(graph);
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  await using session = runtime === "onnxruntime" ? await ortNode.load(modelOf(graph)) : undefined;
  let state: number[][] = [
    [...problem.start],
    ...slots.map((shape, i) =>
      optimizer.slots[i]?.start === "theta" ? [...problem.start] : new Array<number>(sizeOf(shape)).fill(0),
    ),
  ];
  const theta: number[][] = [];
  for (const [i, rate] of rates.entries()) {
    const scalars: Record<string, Tensor> = {
      rate: tensor("float32", [], [rate]),
      step: tensor("float32", [], [i + 1]),
      key: tensor("uint32", [], [1234567 + i]),
      states: tensor("float32", [STATES], [0]),
    };
    const dims = [[problem.start.length], ...slots];
    const names = ["theta", ...slots.map((_, k) => `slot${k}`)];
    if (session === undefined) {
      const feeds = Object.fromEntries(Object.entries(scalars).map(([name, t]) => [name, refOf(t)]));
      names.forEach((name, k) => {
        feeds[name] = { dtype: "float32", dims: dims[k] ?? [], data: Float64Array.from(state[k] ?? []) };
      });
      const out = interpret(graph, feeds);
      state = graph.outputs.map((v) => Array.from(out[v.name]?.data ?? []));
    } else {
      const feeds: Record<string, Tensor> = { ...scalars };
      names.forEach((name, k) => {
        feeds[name] = tensor("float32", dims[k] ?? [], state[k] ?? []);
      });
      const wanted = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name));
      const out = await session.run(Object.fromEntries(wanted));
      state = graph.outputs.map((v) => Array.from(out[v.name]?.data as Float32Array));
    }
    theta.push(state[0] ?? []);
  }
  return { theta, slots: state.slice(1) };
}
