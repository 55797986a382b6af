import { gradients } from "../autodiff/index.js";
import { type Graph, ONNX_DTYPE, prune, sizeOf, type Tensor, type Value } from "../ir/index.js";
import { buildNetwork, initialWeights, type Network, type NetworkInput } from "../nn/index.js";
import { Builder, inline } from "../ops/index.js";
import { rewrite } from "../passes/index.js";
import type { Runtime } from "../runtime/index.js";
import { type Features, type ModelBody, modelOf, outputWidth, type Problem } from "../train/index.js";

/**
 * Synaptic flow (Tanaka et al. 2020, arXiv:2006.05467; as a score of architectures Abdelfattah et al. 2021,
 * arXiv:2101.08134): with all weights replaced by their absolute values, normalisation removed and an input of ones,
 * R is the sum of the outputs and the score Σ|θ·∂R/∂θ|. Needs neither data nor training: one forward and one
 * backward pass at batch 1.
 * Departure: the logarithm (base 10) is returned, as scores span tens of orders of magnitude.
 */
export async function synflow(
  runtime: Runtime,
  problem: Problem,
  body: ModelBody,
  /** Untrained weights of the inference form, one parameter after the other; or the seed that they are drawn from. */
  weights: Float32Array | number,
): Promise<number> {
  const network = onesNetwork(problem, body);
  const g = new Builder("synflow");
  const bindings = new Map<Value, Value>();
  const params = network.params.map((p) => {
    const value = g.input(p.name, "float32", p.shape);
    bindings.set(p.value, value);
    return value;
  });
  for (const s of network.states) bindings.set(s.value, g.constant(filled(s.shape, s.initial)));
  const [logits] = inline(g, withoutNormalization(network.graph), bindings);
  if (logits === undefined) throw new Error("the network has no output");
  const total = g.ReduceSum(logits, undefined, { keepdims: 0 });
  const grads = gradients(g, total, params);
  const terms = params.flatMap((p, i) => {
    const grad = grads[i];
    return grad === undefined ? [] : [g.ReduceSum(g.Abs(g.Mul(p, grad)), undefined, { keepdims: 0 })];
  });
  const score = terms.reduce((sum, term) => g.Add(sum, term), g.scalar(0));
  const graph = prune(g.finish([score]));
  const flat = typeof weights === "number" ? initialWeights(network, weights).params : weights;
  const feeds: Record<string, Tensor> = {};
  let at = 0;
  for (const p of network.params) {
    const size = sizeOf(p.shape);
    feeds[p.name] = { dtype: "float32", dims: p.shape, data: flat.slice(at, at + size).map(Math.abs) };
    at += size;
  }
  await using session = await runtime.load(modelOf(graph), { optimization: "basic" });
  const out = Object.values(await session.run(feeds))[0]?.data[0];
  const value = typeof out === "number" ? out : Number.NaN;
  return Number.isFinite(value) ? Math.log10(Math.max(value, 1e-38)) : 38;
}

/** The network with features that are all ones (codes all zero), in its inference form. */
function onesNetwork(problem: Problem, body: ModelBody): Network {
  const { preprocessing } = problem;
  const none: readonly NetworkInput[] = [];
  return buildNetwork(
    "synflow",
    none,
    (g) => {
      const ones = (shape: readonly number[]) => g.constant(filled(shape, 1), "ones");
      const features = (): Features => {
        if (preprocessing.kind === "image") {
          const { channels, height, width } = preprocessing;
          return { kind: "image", image: ones([1, channels, height, width]) };
        }
        if (preprocessing.kind === "plain")
          return { kind: "plain", x: ones([1, ...(problem.inputs[0]?.shape ?? [])]) };
        const gaps = preprocessing.numeric.filter((c) => c.missing > 0).length;
        const width = preprocessing.numeric.length;
        return {
          kind: "table",
          numeric: width === 0 ? undefined : ones([1, width + gaps]),
          categorical: preprocessing.categorical.map((column) => ({
            codes: g.constant({ dtype: "int64", dims: [1], data: BigInt64Array.of(0n) }),
            count: column.categories.length + 1,
          })),
        };
      };
      const raw = problem.inputs.map(({ name, dtype, shape }) => {
        const value = ones([1, ...shape]);
        return [name, dtype === "float32" ? value : g.Cast(value, { to: ONNX_DTYPE[dtype] ?? 1 })] as const;
      });
      return { logits: body(g, features(), outputWidth(problem.task), new Map(raw), problem) };
    },
    { training: false, batch: 1 },
  );
}

function withoutNormalization(graph: Graph): Graph {
  return rewrite(graph, (node) =>
    ["BatchNormalization", "LayerNormalization"].includes(node.opType) ? [node.inputs[0]] : undefined,
  );
}

function filled(shape: readonly number[], value: number | Float32Array): Tensor {
  const data = typeof value === "number" ? new Float32Array(sizeOf(shape)).fill(value) : value;
  return { dtype: "float32", dims: shape, data };
}
