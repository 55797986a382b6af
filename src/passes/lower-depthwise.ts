import { type Graph, type Node, tensor, type Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { opOf, readAttributes } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/**
 * Nanoseconds an image and channel for forward pass and both gradients, fitted to measurements on one core of an
 * AVX-512 machine: products run at 70 GFLOP/s; an unlowered depthwise `Conv` costs a call each and 0.33 ns a tap.
 */
const matrixNs = (input: number, output: number) => 0.086 * input * output;
const convNs = (output: number, taps: number) => 800 + 1.3 * output * taps;

/**
 * Turn depthwise convolutions over small planes into one matrix product a channel, for training. ONNX
 * Runtime runs a depthwise `Conv` whose weights are not constant as one tiny im2col and product for every
 * image and channel (and its weight gradient worse); as `X[C, N, H·W] · T[C, H·W, H'·W']`, with T the Toeplitz
 * matrix of the channel's kernel, forward and both gradients are full products. T itself is the product of
 * the kernel with a constant 0/1 matrix, so everything differentiates by the ordinary rules.
 *
 * Costs (H·W)/(k²) times the multiplications, which pays off for small planes and large kernels: each case is
 * decided by estimated time.
 *
 * @param blockedChannels what the runtime has, where `blockLayout` will use it
 */
export function lowerDepthwise(graph: Graph, blockedChannels?: number): Graph {
  return rewrite(graph, (node, g) => {
    const it = depthwise(node);
    if (it === undefined) return undefined;
    // The runtime's kernels for blocks of channels are faster still, where they fit.
    const fits = blockedChannels !== undefined && (it.input[1] ?? 1) % blockedChannels === 0;
    return fits ? undefined : [toeplitz(g, it)];
  });
}

interface Depthwise {
  readonly x: Value;
  readonly w: Value;
  readonly bias: Value | undefined;
  readonly input: readonly [number, number, number, number];
  readonly output: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

function depthwise(node: Node): Depthwise | undefined {
  if (node.opType !== "Conv" || node.domain !== "") return undefined;
  const [x, w, bias] = node.inputs;
  const [y] = node.outputs;
  if (x === undefined || w === undefined || y === undefined || w.data !== undefined) return undefined;
  const attrs = readAttributes(opOf("Conv").attributes, node.attributes);
  const [n, c, height, width] = x.shape;
  const [outputs, perGroup, kh, kw] = w.shape;
  const [, , oh, ow] = y.shape;
  const numbers = [n, c, height, width, outputs, perGroup, kh, kw, oh, ow];
  if (x.rank !== 4 || !numbers.every((d) => typeof d === "number")) return undefined;
  if (c === 1 || attrs.group !== c || outputs !== c || perGroup !== 1) return undefined;
  if (attrs.auto_pad !== undefined && attrs.auto_pad !== "NOTSET") return undefined;
  const [plane, places] = [Number(height) * Number(width), Number(oh) * Number(ow)];
  if (matrixNs(plane, places) > convNs(places, Number(kh) * Number(kw))) return undefined;
  return {
    x,
    w,
    bias,
    input: [Number(n), Number(c), Number(height), Number(width)],
    output: [Number(oh), Number(ow)],
    kernel: [Number(kh), Number(kw)],
    strides: (attrs.strides as readonly number[] | undefined) ?? [1, 1],
    dilations: (attrs.dilations as readonly number[] | undefined) ?? [1, 1],
    pads: (attrs.pads as readonly number[] | undefined) ?? [0, 0, 0, 0],
  };
}

function toeplitz(g: Builder, it: Depthwise): Value {
  const [n, c, height, width] = it.input;
  const [oh, ow] = it.output;
  const [kh, kw] = it.kernel;
  const places = g.constant(placement(it), "toeplitz");
  const taps = g.Reshape(it.w, g.i64([c, kh * kw]));
  const matrix = g.Reshape(g.MatMul(taps, places), g.i64([c, height * width, oh * ow]));
  const planes = g.Transpose(g.Reshape(it.x, g.i64([n, c, height * width])), { perm: [1, 0, 2] });
  const product = g.MatMul(planes, matrix);
  const y = g.Reshape(g.Transpose(product, { perm: [1, 0, 2] }), g.i64([n, c, oh, ow]));
  return it.bias === undefined ? y : g.Add(y, g.Reshape(it.bias, g.i64([1, c, 1, 1])));
}

/** [k², H·W·H'·W']: one where a tap of the kernel carries an input pixel to an output pixel. */
function placement(it: Depthwise) {
  const [, , height, width] = it.input;
  const [oh, ow] = it.output;
  const [kh, kw] = it.kernel;
  const data = new Float32Array(kh * kw * height * width * oh * ow);
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      for (let y = 0; y < oh; y++) {
        const row = y * (it.strides[0] ?? 1) + i * (it.dilations[0] ?? 1) - (it.pads[0] ?? 0);
        if (row < 0 || row >= height) continue;
        for (let x = 0; x < ow; x++) {
          const column = x * (it.strides[1] ?? 1) + j * (it.dilations[1] ?? 1) - (it.pads[1] ?? 0);
          if (column < 0 || column >= width) continue;
          data[((i * kw + j) * height * width + row * width + column) * oh * ow + y * ow + x] = 1;
        }
      }
    }
  }
  return { ...tensor("float32", [0], []), dims: [kh * kw, height * width * oh * ow], data };
}
