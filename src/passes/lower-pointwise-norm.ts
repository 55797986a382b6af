import { type Graph, type Node, prune, type Value } from "../ir/index.js";
import { type Builder, opOf, readAttributes } from "../ops/index.js";
import { countUses, rewrite } from "./rewrite.js";

/**
 * Nanoseconds a place, forwards and backwards, on one core: what normalising the output costs in passes over
 * memory, and what statistics of the input cost, in passes and in products of its channels with each other.
 */
const outputNs = (channels: number) => 6.3 * channels;
const inputNs = (channels: number) => 5 * channels + 0.12 * channels * channels;

/**
 * Batch normalisation behind a 1×1 convolution that widens, without a look at the wide output. The output is
 * linear in the input, so its moments follow from the input's: with C the covariance of the input's channels over
 * all images and places, the variance of output channel i is wᵢ C wᵢᵀ. Normalising is then part of the weights,
 *
 *   y = (s / sqrt(diag(W C Wᵀ) + e) · W) (x - mean(x)) + b,
 *
 * a convolution with a bias, which ONNX Runtime fuses with an activation behind it. The gradient, by the ordinary
 * rules, has no pass over the output for the normalisation either. Applied before differentiation, where
 * estimated time says so: an expansion of an inverted residual (24 to 96 channels) is three times cheaper.
 */
export function lowerPointwiseNorm(graph: Graph): Graph {
  const convolutions = new Map<Value, Pointwise>();
  const uses = countUses(graph);
  const lowered = rewrite(graph, (node, g) => {
    if (node.domain !== "") return undefined;
    const conv = pointwise(node);
    const [y] = node.outputs;
    if (conv !== undefined && y !== undefined && uses.get(y) === 1) convolutions.set(y, conv);
    const [product, scale, bias, mean, variance] = node.inputs;
    if (node.opType !== "BatchNormalization" || product === undefined || scale === undefined)
      return undefined;
    if (bias === undefined || mean === undefined || variance === undefined) return undefined;
    const attrs = readAttributes(opOf("BatchNormalization").attributes, node.attributes);
    const it = convolutions.get(product);
    if (attrs.training_mode !== 1 || it === undefined) return undefined;
    const { y: normal, batchMean, batchVariance } = normalised(g, it, scale, bias, Number(attrs.epsilon));
    const momentum = Number(attrs.momentum);
    const track = (old: Value, now: Value) =>
      g.Add(g.Mul(old, g.scalar(momentum)), g.Mul(now, g.scalar(1 - momentum)));
    return [normal, track(mean, batchMean), track(variance, batchVariance)];
  });
  return prune(lowered);
}

interface Pointwise {
  readonly x: Value;
  readonly w: Value;
  readonly input: readonly number[];
  readonly outputs: number;
}

/** The node as a 1×1 convolution without bias that widens, if it is one. */
function pointwise(node: Node): Pointwise | undefined {
  if (node.opType !== "Conv" || node.inputs.length !== 2) return undefined;
  const [x, w] = node.inputs;
  if (x === undefined || w === undefined || w.data !== undefined || x.dtype !== "float32") return undefined;
  if (!x.shape.every((d) => typeof d === "number") || !w.shape.every((d) => typeof d === "number"))
    return undefined;
  const attrs = readAttributes(opOf("Conv").attributes, node.attributes);
  const all = (list: unknown, value: number) =>
    list === undefined || (list as readonly number[]).every((v) => v === value);
  const plain = all(w.dims.slice(2), 1) && all(attrs.strides, 1) && all(attrs.pads, 0) && attrs.group === 1;
  const [outputs = 1, inputs = 1] = w.dims;
  if (!plain || inputNs(inputs) >= outputNs(outputs)) return undefined;
  return { x, w, input: x.dims, outputs };
}

function normalised(g: Builder, it: Pointwise, scale: Value, bias: Value, epsilon: number) {
  const [n = 1, c = 1, ...spatial] = it.input;
  const axes = g.i64([0, ...spatial.map((_, i) => i + 2)]);
  const count = spatial.reduce((size, d) => size * d, n);
  const mean = g.ReduceMean(it.x, axes, { keepdims: 1 });
  const centred = g.Sub(it.x, mean);
  const rows = g.Reshape(centred, g.i64([n, c, -1]));
  const each = g.MatMul(rows, g.Transpose(rows, { perm: [0, 2, 1] }));
  const covariance = g.Mul(g.ReduceSum(each, g.i64([0]), { keepdims: 0 }), g.scalar(1 / count));
  const weights = g.Reshape(it.w, g.i64([it.outputs, c]));
  const spread = g.ReduceSum(g.Mul(g.MatMul(weights, covariance), weights), g.i64([1]), { keepdims: 0 });
  // Rounding can take the variance of a channel that hardly varies below zero.
  const variance = g.Relu(spread);
  const factor = g.Div(scale, g.Sqrt(g.Add(variance, g.scalar(epsilon))));
  const scaled = g.Mul(it.w, g.Reshape(factor, g.i64([it.outputs, ...it.w.dims.slice(1).map(() => 1)])));
  return {
    y: g.Conv(centred, scaled, bias),
    batchMean: g.Reshape(g.MatMul(weights, g.Reshape(mean, g.i64([c, 1]))), g.i64([it.outputs])),
    batchVariance: variance,
  };
}
