import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { allNodes, numbersOf, sizeOf, type Tensor, tensor, verifyGraph } from "../ir/index.js";
import {
  adamW,
  convBn,
  dropout,
  globalAveragePool,
  initialWeights,
  linear,
  type Optimizer,
  sgd,
  squeezeExcite,
} from "../nn/index.js";
import { refOf } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { problemOfShape } from "../zoo/index.js";
import { type Augmentation, NO_AUGMENTATION } from "./augment.js";
import { buildModel, type ModelBody, type Problem } from "./model.js";
import { modelOf } from "./program.js";
import { buildStep, trainingProgram } from "./step.js";

const BATCH = 4;
const problem = problemOfShape([2, 6, 6], 3);
const body: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("images only");
  let h = g.scope("first", () => convBn(g, features.image, 4, { kernel: 3, stride: 2, activation: "relu" }));
  h = g.scope("second", () => convBn(g, h, 4, { kernel: 3, groups: 4, activation: "hard-swish" }));
  h = squeezeExcite(g, h);
  return g.scope("out", () => linear(g, dropout(g, globalAveragePool(g, h), 0.25), outputs));
};
const vectorBody: ModelBody = (g, features, outputs) => {
  if (features.kind !== "plain") throw new Error("vectors only");
  return linear(g, features.x, outputs);
};

interface Case {
  readonly augmentation?: Augmentation;
  readonly optimizer: Optimizer;
  readonly labelSmoothing?: number;
  readonly clipNorm?: number;
}

/** Feeds of a training program of some steps, all values such that float32 holds them. */
function feedsOf(network: ReturnType<typeof buildModel>, of: Problem, slots: number, trips: number) {
  const rng = rngOf(1, "step");
  const weights = initialWeights(network, 2);
  const floats = (data: Float32Array, dims = [data.length]): Tensor => ({ dtype: "float32", dims, data });
  const examples = 7;
  const feeds: Record<string, Tensor> = {
    trips: tensor("int64", [], [trips]),
    theta: floats(weights.params),
    states: floats(weights.states.length === 0 ? new Float32Array(1) : weights.states),
    data_target:
      of.task.kind === "classification"
        ? tensor("int32", [examples], [0, 1, 2, 0, 1, 2, 0])
        : tensor("float32", [examples], [1, 2, 3, 4, 5, 6, 7]),
    order: tensor(
      "int64",
      [trips, BATCH],
      Array.from({ length: trips * BATCH }, () => rng.int(examples)),
    ),
    learning_rates: tensor(
      "float32",
      [trips],
      Array.from({ length: trips }, (_, i) => 0.02 / (i + 1)),
    ),
    steps: tensor(
      "float32",
      [trips],
      Array.from({ length: trips }, (_, i) => i + 1),
    ),
    keys: tensor(
      "uint32",
      [trips],
      Array.from({ length: trips }, () => rng.uint32()),
    ),
  };
  for (let i = 0; i < slots; i++) feeds[`slot${i}`] = floats(new Float32Array(weights.params.length));
  for (const { name, dtype, shape } of of.inputs) {
    const dims = [examples, ...shape];
    const values = Array.from({ length: sizeOf(dims) }, () =>
      dtype === "uint8" ? rng.int(256) : Math.fround(rng.normal()),
    );
    feeds[`data_${name}`] = tensor(dtype, dims, values);
  }
  return feeds;
}

/** Run a training program by the reference and by ONNX Runtime; the largest relative difference by output. */
async function compare(of: Problem, what: ModelBody, it: Case, trips = 3) {
  const network = buildModel("m", of, what, { training: true, batch: BATCH, augmentation: it.augmentation });
  const program = trainingProgram(network, of, it);
  expect(verifyGraph(program.graph)).toEqual([]);
  const all = feedsOf(network, of, it.optimizer.slots.length, trips);
  const wanted = program.graph.inputs.map((v) => v.name);
  const feeds = Object.fromEntries(
    wanted.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
  const reference = interpret(
    program.graph,
    Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, refOf(t)])),
  );
  await using session = await ortNode.load(program);
  const named = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name));
  const out = await session.run(Object.fromEntries(named));
  const errors = program.graph.outputs.map(({ name }) => {
    const expected = reference[name];
    const actual = out[name];
    if (expected === undefined || actual === undefined) throw new Error(`no output ${name}`);
    expect(actual.dims).toEqual(expected.dims);
    const scale = Math.max(1e-3, ...Array.from(expected.data, Math.abs));
    const values = numbersOf(actual);
    return [
      name,
      Math.max(...Array.from(expected.data, (v, i) => Math.abs(v - (values[i] ?? 0)) / scale)),
    ] as const;
  });
  return { errors: Object.fromEntries(errors), reference, graph: program.graph };
}

describe("the training program, by the reference and by ONNX Runtime", () => {
  it.each([
    ["sgd", { optimizer: sgd({ momentum: 0.9, weightDecay: 0.01 }) }],
    ["nesterov, clipped", { optimizer: sgd({ nesterov: true }), clipNorm: 0.5 }],
    ["adamw, smoothed", { optimizer: adamW({ epsilon: 1e-3 }), labelSmoothing: 0.1 }],
    [
      "everything augmented",
      {
        optimizer: sgd({ momentum: 0 }),
        augmentation: { shift: 1, flip: true, rotate: 20, scale: 0.2, cutout: 3 },
      },
    ],
  ] as const)("%s", async (_, it) => {
    const { errors } = await compare(problem, body, it);
    for (const [name, error] of Object.entries(errors)) expect([name, error < 2e-4]).toEqual([name, true]);
  });

  it("numbers as targets, no state, one parameter vector", async () => {
    const task = { kind: "regression", target: "y", mean: 4, std: 2 } as const;
    const of = { ...problemOfShape([3], 2), task };
    const { errors, reference } = await compare(of, vectorBody, { optimizer: sgd() });
    expect(Object.values(errors).every((e) => e < 1e-4)).toBe(true);
    expect(Array.from(reference.states_out?.data ?? [])).toEqual([0]);
    expect(reference.losses?.dims).toEqual([3]);
  });
});

describe("buildStep", () => {
  const network = buildModel("m", problem, body, {
    training: true,
    batch: BATCH,
    augmentation: NO_AUGMENTATION,
  });
  const step = buildStep(network, problem.task, { optimizer: adamW() });

  it("is legal, and holds nothing that ONNX Runtime cannot run", async () => {
    expect(verifyGraph(step.graph)).toEqual([]);
    const training = [...allNodes(step.graph)].filter(
      (n) => n.opType === "BatchNormalization" && n.attributes.training_mode !== undefined,
    );
    expect(training).toEqual([]);
    await using session = await ortNode.load(modelOf(step.graph));
    expect(session.outputNames.length).toBe(step.slots + 4);
  });

  it("has inputs and outputs in the order that it declares", () => {
    const size = step.inputs.theta.shape;
    expect(step.graph.outputs.map((v) => v.shape)).toEqual([
      size,
      size,
      size,
      step.inputs.states.shape,
      [],
      [],
    ]);
    expect(step.inputs.data.map((v) => [v.dtype, v.shape])).toEqual([["uint8", [BATCH, 2, 6, 6]]]);
    expect(step.inputs.target.dtype).toBe("int32");
  });

  it("gives zero gradients to what the loss does not see", () => {
    const of = problemOfShape([2], 2);
    const idle: ModelBody = (g, features, outputs) => {
      g.param("idle", [3], { init: { kind: "constant", value: 5 }, decay: false });
      return vectorBody(g, features, outputs, new Map(), of);
    };
    const it = buildModel("m", of, idle, { training: true, batch: 1 });
    const { graph } = buildStep(it, of.task, { optimizer: sgd({ momentum: 0 }) });
    const theta = initialWeights(it, 1).params;
    const out = interpret(graph, {
      theta: refOf({ dtype: "float32", dims: [theta.length], data: theta }),
      states: refOf(tensor("float32", [1], [0])),
      x: refOf(tensor("float32", [1, 2], [1, -1])),
      target: refOf(tensor("int32", [1], [1])),
      learning_rate: refOf(tensor("float32", [], [1])),
      step: refOf(tensor("float32", [], [1])),
      key: refOf(tensor("uint32", [], [1])),
    });
    const next = out[graph.outputs[0]?.name ?? ""]?.data ?? [];
    expect(Array.from(next.slice(0, 3))).toEqual([5, 5, 5]);
    expect(Array.from(next.slice(3))).not.toEqual(Array.from(theta.slice(3)));
  });
});
