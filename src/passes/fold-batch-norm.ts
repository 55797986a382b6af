import { type Graph, prune, type Tensor, Value } from "../ir/index.js";
import { opOf, readAttributes } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/**
 * Fold inference-form `BatchNormalization` into the convolution or `Gemm` before it, where that one's result is
 * used nowhere else and all weights are constant: y = s·(W x + b − mean) + shift has weights s·W and bias
 * s·(b − mean) + shift, with s = scale/√(variance + ε). Exact but for rounding.
 */
export function foldBatchNorm(graph: Graph): Graph {
  return prune(
    rewrite(graph, (node, g) => {
      if (node.opType !== "BatchNormalization" || node.domain !== "") return undefined;
      const attrs = readAttributes(opOf("BatchNormalization").attributes, node.attributes);
      const [x, ...rest] = node.inputs;
      if (x === undefined || attrs.training_mode === 1) return undefined;
      const [scale, shift, mean, variance] = rest.map((v) => floatsOf(v));
      if (!scale || !shift || !mean || !variance) return undefined;
      const producer = g.producerOf(x);
      if (producer === undefined || producer.domain !== "" || uses(graph, x) !== 1) return undefined;
      if (producer.opType !== "Conv" && producer.opType !== "Gemm") return undefined;
      const factor = scale.map((s, i) => s / Math.sqrt((variance[i] ?? 0) + Number(attrs.epsilon)));
      const [input, weight, bias] = producer.inputs;
      const w = floatsOf(weight);
      if (input === undefined || weight?.data === undefined || w === undefined) return undefined;
      const old = bias === undefined ? new Float32Array(factor.length) : floatsOf(bias);
      // A Gemm's bias may be one number for all columns: not worth a case of its own.
      if (old?.length !== factor.length) return undefined;
      const folded = Float32Array.from(
        factor,
        (s, i) => s * ((old[i] ?? 0) - (mean[i] ?? 0)) + (shift[i] ?? 0),
      );
      const axis = outputAxis(
        producer.opType,
        readAttributes(opOf(producer.opType).attributes, producer.attributes),
      );
      if (axis === undefined) return undefined;
      const stem = weight.name.replace(/\/?weight$/, "");
      const newWeight = g.initializer(`${stem}/folded_weight`, scaled(weight.data, w, factor, axis));
      const newBias = g.initializer(`${stem}/folded_bias`, {
        dtype: "float32",
        dims: [folded.length],
        data: folded,
      });
      const [out] = node.outputs;
      const y = new Value(g.freshName(`${producer.name || producer.opType}_folded`), out?.type);
      g.append({
        ...producer,
        name: g.freshName(`${producer.name}_bn`),
        inputs: [input, newWeight, newBias],
        outputs: [y],
      });
      return [y];
    }),
  );
}

/** Axis of the weight that runs over output channels; undefined where folding is not possible. */
function outputAxis(op: string, attrs: Record<string, unknown>): number | undefined {
  if (op === "Conv") return 0;
  if (op === "Gemm" && attrs.alpha === 1 && attrs.beta === 1 && attrs.transA === 0)
    return attrs.transB === 1 ? 0 : 1;
  return undefined;
}

function scaled(weight: Tensor, w: Float32Array, factor: Float32Array, axis: number): Tensor {
  const channels = weight.dims[axis] ?? 1;
  const inner = weight.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const data = new Float32Array(w.length);
  for (let from = 0, channel = 0; from < w.length; from += inner, channel = (channel + 1) % channels) {
    const by = factor[channel] ?? 1;
    for (let i = from; i < from + inner; i++) data[i] = (w[i] ?? 0) * by;
  }
  return { dtype: "float32", dims: weight.dims, data };
}

function floatsOf(value: Value | undefined): Float32Array | undefined {
  const data = value?.data?.data;
  return data instanceof Float32Array ? data : undefined;
}

function uses(graph: Graph, value: Value): number {
  return graph.uses(value).length + (graph.outputs.includes(value) ? 1 : 0);
}
