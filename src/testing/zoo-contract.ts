import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.js";
import { isIssue, rngOf } from "../base/index.js";
import { isFloat, sizeOf, type Tensor, tensor, verifyGraph } from "../ir/index.js";
import { crossEntropy, initialWeights, type Network, sgd, type Weights } from "../nn/index.js";
import { Builder, inline, refOf } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { buildModel, buildStep, exportModel, modelOf, type Problem } from "../train/index.js";
import {
  type Architecture,
  architectureBody,
  problemOfShape,
  recount,
  resolveSettings,
} from "../zoo/index.js";

/** What every architecture must do. Call it in a test file: `zooContract(resnet20)`. */
export function zooContract(architecture: Architecture): void {
  const { example } = architecture;
  const problem = problemOfShape(example.input, example.outputs);
  const body = architectureBody(architecture, example.settings);
  const build = (training: boolean, batch: number | "N", of: Problem = problem) =>
    buildModel(architecture.name, of, body, { training, batch });

  describe(`zoo contract: ${architecture.name}`, () => {
    it("has a name, a description, and defaults that its own settings take", () => {
      expect(architecture.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(architecture.description.length).toBeGreaterThan(10);
      for (const [name, { default: value, doc }] of Object.entries(architecture.settings)) {
        expect(isIssue(resolveSettings(architecture.name, architecture.settings, { [name]: value }))).toBe(
          false,
        );
        expect(doc.length).toBeGreaterThan(3);
      }
    });

    it("accepts its example; what it refuses, it refuses with a hint", () => {
      expect(architecture.accepts(problem)).toBeUndefined();
      for (const other of [problemOfShape([4], 3), problemOfShape([3, 2, 2], 3), tableProblem()]) {
        const refusal = architecture.accepts(other);
        if (refusal === undefined) expect(outputShape(build(true, 2, other))).toEqual([2, 3]);
        else expect(refusal.hint).toBeDefined();
      }
    });

    it("builds in training and inference form, typed and legal", () => {
      for (const [network, n] of [[build(true, 3), 3] as const, [build(false, "N"), "N"] as const]) {
        expect(verifyGraph(network.graph)).toEqual([]);
        expect(outputShape(network)).toEqual([n, example.outputs]);
        expect(network.updates.length).toBe(n === "N" ? 0 : network.states.length);
      }
      const layout = (network: Network) =>
        [...network.params, ...network.states].map((p) => `${p.name} ${p.shape}`);
      expect(layout(build(true, 3))).toEqual(layout(build(false, "N")));
    });

    it("predicts numbers as well as classes", () => {
      const task = { kind: "regression", target: "y", mean: 10, std: 2 } as const;
      expect(outputShape(build(false, "N", { ...problem, task }))).toEqual(["N", 1]);
    });

    it("has a gradient for every parameter", () => {
      const network = build(true, 4);
      const g = new Builder("gradient");
      const bindings = new Map(network.graph.inputs.map((v) => [v, g.input(v.name, v.dtype, v.shape)]));
      const labels = g.input("labels", "int32", [4]);
      const [logits] = inline(g, network.graph, bindings);
      if (logits === undefined) throw new Error("no output");
      const wrt = network.params.map((p) => bindings.get(p.value) ?? p.value);
      const grads = gradients(g, crossEntropy(g, logits, labels), wrt);
      const without = network.params.filter((p, i) => grads[i]?.shape.join() !== p.shape.join());
      expect(without.map((p) => p.name)).toEqual([]);
    });

    it("learns: one small step lowers the loss", async () => {
      const batch = 8;
      const network = build(true, batch);
      const step = buildStep(network, problem.task, { optimizer: sgd({ momentum: 0 }), clipNorm: 1 });
      const weights = initialWeights(network, 1);
      const states = weights.states.length === 0 ? new Float32Array(1) : weights.states;
      const labels = Int32Array.from({ length: batch }, (_, i) => i % example.outputs);
      const feeds: Record<string, Tensor> = {
        states: floats(states),
        ...randomInputs(problem, batch),
        target: { dtype: "int32", dims: [batch], data: labels },
        learning_rate: { dtype: "float32", dims: [], data: Float32Array.of(0.02) },
        step: { dtype: "float32", dims: [], data: Float32Array.of(1) },
        key: { dtype: "uint32", dims: [], data: Uint32Array.of(7) },
      };
      await using session = await ortNode.load(modelOf(step.graph));
      const run = async (theta: Tensor) => {
        const named = Object.entries({ ...feeds, theta }).filter(([name]) =>
          session.inputNames.includes(name),
        );
        const out = await session.run(Object.fromEntries(named));
        const [next, , loss] = step.graph.outputs.map((v) => out[v.name]);
        return { next: next ?? theta, loss: Number(loss?.data[0]) };
      };
      const first = await run(floats(weights.params));
      const second = await run(first.next);
      expect(second.loss).toBeLessThan(first.loss);
    });

    it("gives in ONNX Runtime, exported, what the reference computes unexported", async () => {
      const network = build(false, "N");
      const weights = disturbed(network);
      const inputs = randomInputs(problem, 2);
      const feeds = { ...inputs, ...weightFeeds(network, weights) };
      const expected =
        interpret(network.graph, asReference(feeds))[network.graph.outputs[0]?.name ?? ""]?.data ?? [];
      await using session = await ortNode.load(exportModel(network, weights, problem));
      const { logits } = await session.run(inputs);
      const scale = Math.max(...Array.from(expected, Math.abs));
      expect(scale).toBeGreaterThan(0);
      const errors = Array.from(expected, (value, i) => Math.abs(value - Number(logits?.data[i])) / scale);
      expect(Math.max(...errors)).toBeLessThan(1e-4);
    });

    it.each(architecture.facts.map((fact) => [JSON.stringify(fact.settings ?? {}), fact] as const))(
      "facts of %s are what is counted",
      (_, fact) => {
        const { params, macs } = recount(architecture, fact);
        expect({ params, macs }).toEqual({ params: fact.params, macs: fact.macs ?? macs });
        if (fact.published !== undefined) {
          const ratio = macs / fact.published.macs;
          expect(Math.abs(ratio - 1), `${macs} MACs, published ${fact.published.macs}`).toBeLessThan(0.01);
        }
      },
    );
  });
}

function outputShape(network: Network) {
  return Object.values(network.outputs)[0]?.shape;
}

function floats(data: Float32Array, dims: readonly number[] = [data.length]): Tensor {
  return { dtype: "float32", dims, data };
}

/** Two numbers and two columns of categories. */
export function tableProblem(): Problem {
  const numeric = ["a", "b"].map((name) => ({ name, mean: 1, std: 2, missing: 0.1 }));
  const categorical = ["c", "d"].map((name) => ({ name, categories: ["u", "v"] }));
  return {
    ...problemOfShape([1], 3),
    inputs: [
      { name: "numeric", dtype: "float32", shape: [2] },
      { name: "categorical", dtype: "int64", shape: [2] },
    ],
    preprocessing: { kind: "table", numeric, categorical },
  };
}

/** Pixels, or normal numbers. */
export function randomInputs(problem: Problem, batch: number): Record<string, Tensor> {
  const rng = rngOf(5, "zoo-contract");
  return Object.fromEntries(
    problem.inputs.map(({ name, dtype, shape }): [string, Tensor] => {
      const dims = [batch, ...shape];
      const values = Array.from({ length: sizeOf(dims) }, () =>
        isFloat(dtype) ? rng.normal() : rng.int(256),
      );
      return [name, tensor(dtype, dims, values)];
    }),
  );
}

/** Weights as after some training: no bias or shift is zero, running statistics are not 0 and 1. */
function disturbed(network: Network): Weights {
  const { params, states } = initialWeights(network, 3);
  const rng = rngOf(3, "disturbed");
  let at = 0;
  for (const { name, shape } of network.states) {
    const end = at + sizeOf(shape);
    for (; at < end; at++) states[at] = name.endsWith("variance") ? 0.5 + rng.float() : 0.3 * rng.normal();
  }
  return { params: params.map((w) => w + 0.05 * rng.normal()), states };
}

function weightFeeds(network: Network, weights: Weights): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  const cut = (items: Network["params"] | Network["states"], flat: Float32Array) => {
    let at = 0;
    for (const { name, shape } of items) {
      feeds[name] = floats(flat.slice(at, at + sizeOf(shape)), shape);
      at += sizeOf(shape);
    }
  };
  cut(network.params, weights.params);
  cut(network.states, weights.states);
  return feeds;
}

function asReference(feeds: Readonly<Record<string, Tensor>>) {
  return Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, refOf(t)]));
}
