import { fail } from "../base/index.js";
import { type Graph, type Model, mapReads, prune, Value, verifyGraph } from "../ir/index.js";
import { bakeWeights, type Network, type Weights } from "../nn/index.js";
import { asTensor, opOf, readAttributes, refOf, tensorOf } from "../ops/index.js";
import {
  dropGradientRules,
  eliminateIdentity,
  foldBatchNorm,
  foldConstants,
  mergeCommonSubexpressions,
  type Run,
} from "../passes/index.js";
import type { Problem } from "./model.js";
import { modelOf } from "./program.js";

/** Constant folding by the operators' own float64 definitions. */
export const runReference: Run = (opType, inputs, attributes, outputCount) => {
  const definition = opOf(opType);
  return definition
    .evaluate(
      inputs.map((t) => (t === undefined ? undefined : refOf(t))),
      readAttributes(definition.attributes, attributes),
      { outputCount, run: () => fail("internal", { expected: "a node without subgraphs" }) },
    )
    .map((t) => (t === undefined ? undefined : tensorOf(asTensor(t))));
};

/** The inference graph with weights inside, simplified: batch norms folded, constants computed, copies merged. */
export function exportGraph(network: Network, weights: Weights): Graph {
  const baked = nameOutputs(bakeWeights(network, weights), Object.keys(network.outputs));
  const graph = prune(
    mergeCommonSubexpressions(
      foldConstants(foldBatchNorm(eliminateIdentity(dropGradientRules(baked))), runReference),
    ),
  );
  const [problem] = verifyGraph(graph);
  if (problem !== undefined) fail("export_invalid", { ...problem, hint: "report this as a bug" });
  return graph;
}

/**
 * A trained network as a plain ONNX model: `ai.onnx` operators only, raw inputs, preprocessing inside, described
 * once more in the metadata under `morphospace.*`.
 */
export function exportModel(
  network: Network,
  weights: Weights,
  problem: Problem,
  metadata: Readonly<Record<string, string>> = {},
): Model {
  const { task } = problem;
  return modelOf(exportGraph(network, weights), {
    "morphospace.task": JSON.stringify(
      task.kind === "classification"
        ? { kind: task.kind, classes: task.classes }
        : { kind: task.kind, target: task.target },
    ),
    "morphospace.inputs": JSON.stringify(problem.inputs),
    "morphospace.preprocessing": JSON.stringify({
      note: "Feed raw values: all of this is done inside the graph.",
      ...problem.preprocessing,
    }),
    ...metadata,
  });
}

/** The graph with its outputs under plain names. */
function nameOutputs(graph: Graph, names: readonly string[]): Graph {
  const taken = new Set<string>();
  for (const node of graph.nodes) for (const v of node.outputs) if (v !== undefined) taken.add(v.name);
  const renamed = new Map<Value, Value>();
  graph.outputs.forEach((value, i) => {
    const name = names[i];
    if (name === undefined || taken.has(name) || renamed.has(value) || graph.producer(value) === undefined)
      return;
    renamed.set(value, new Value(name, value.type, value.data, value.extra));
  });
  const swap = (v: Value): Value => renamed.get(v) ?? v;
  return graph.with({
    outputs: graph.outputs.map(swap),
    nodes: graph.nodes.map((node) => ({
      ...mapReads(node, swap),
      outputs: node.outputs.map((v) => (v === undefined ? v : swap(v))),
    })),
  });
}
