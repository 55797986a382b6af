import { type Graph, type Node, prune, type Value } from "../ir/index.js";
import { type ConvWindow, type Names, opOf, readAttributes, unfoldedWeightGrad } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/** The gradient of a convolution's filters, found in a graph in the form in which differentiation writes it. */
export interface FilterGradient {
  /** Input [N, C, H, W] of the convolution and gradient [N, M, OH, OW] of its output. */
  readonly x: Value;
  readonly dy: Value;
  /** Of the filters. */
  readonly shape: readonly number[];
  readonly window: ConvWindow;
}

/** Nodes by the values that they make. */
export type Producers = ReadonlyMap<Value, Node>;

/** Whether a node's output is the gradient of filters: the last node of the form that `convWeightGrad` writes. */
export function filterGradient(node: Node, producers: Producers): FilterGradient | undefined {
  if (node.domain !== "") return undefined;
  if (node.opType === "Transpose") return denseGradient(node, producers);
  return node.opType === "ReduceSum" ? depthwiseGradient(node, producers) : undefined;
}

/** exchange(Conv(exchange(x), exchange(dy))), where exchange swaps the first two axes. */
function denseGradient(node: Node, producers: Producers): FilterGradient | undefined {
  const sliding = exchanged(node);
  const conv = sliding && producers.get(sliding);
  const read = conv && windowOf(conv);
  if (read === undefined || read.group !== 1) return undefined;
  const [x, dy] = conv?.inputs.map((v) => v && exchanged(producers.get(v))) ?? [];
  const shape = node.outputs[0]?.shape as readonly number[] | undefined;
  return x === undefined || dy === undefined || shape === undefined
    ? undefined
    : { x, dy, shape, window: { ...read.window, group: 1 } };
}

/** The sum over images of Conv(x as [1, N·C, ...], dy as [N·C, 1, ...]). */
function depthwiseGradient(node: Node, producers: Producers): FilterGradient | undefined {
  const each = before("Reshape", node.inputs[0], producers);
  const conv = each && producers.get(each);
  const read = conv && windowOf(conv);
  if (read === undefined) return undefined;
  const [x, dy] = conv?.inputs.map((v) => before("Reshape", v, producers)) ?? [];
  if (x === undefined || dy === undefined || x.rank !== 4 || dy.rank !== 4) return undefined;
  const [n = 0, c = 0] = x.dims;
  const summed = node.outputs[0]?.shape ?? [];
  if (read.group !== n * c || summed.length !== 3 || summed[0] !== c) return undefined;
  if (dy.shape[0] !== n || dy.shape[1] !== c) return undefined;
  const shape = [c, 1, ...read.window.kernel];
  return { x, dy, shape, window: { ...read.window, group: c } };
}

/** What an exchange of the first two axes of four reads. */
function exchanged(node: Node | undefined): Value | undefined {
  const perm = node?.attributes.perm;
  const swaps = node?.opType === "Transpose" && perm?.type === "ints" && perm.value.join() === "1,0,2,3";
  return swaps ? node.inputs[0] : undefined;
}

function before(opType: string, value: Value | undefined, producers: Producers): Value | undefined {
  const node = value && producers.get(value);
  return node?.opType === opType && node.domain === "" ? node.inputs[0] : undefined;
}

/** The window of the convolution that is differentiated: strides and dilations are exchanged in its gradient. */
function windowOf(conv: Node) {
  const [x, dy] = conv.inputs;
  const [y] = conv.outputs;
  if (conv.opType !== "Conv" || conv.domain !== "" || conv.inputs.length !== 2) return undefined;
  if (x?.rank !== 4 || dy === undefined || y === undefined) return undefined;
  const attrs = readAttributes(opOf("Conv").attributes, conv.attributes);
  const list = (value: unknown, fallback: readonly number[]) =>
    (value as readonly number[] | undefined) ?? fallback;
  const pads = list(attrs.pads, [0, 0, 0, 0]);
  return {
    group: Number(attrs.group),
    window: {
      kernel: y.dims.slice(2),
      strides: list(attrs.dilations, [1, 1]),
      dilations: list(attrs.strides, [1, 1]),
      before: pads.slice(0, 2),
      after: pads.slice(2),
    },
  };
}

/**
 * Compute gradients of filters by products: of unfolded input and dy, or row by row for depthwise filters. As the
 * convolution that differentiation writes them, with a kernel as large as the plane, they take ONNX Runtime
 * several times longer.
 */
export function lowerFilterGradients(graph: Graph, names?: Names): Graph {
  const producers = new Map<Value, Node>();
  const lowered = rewrite(
    graph,
    (node, g) => {
      for (const v of node.outputs) if (v !== undefined) producers.set(v, node);
      const found = filterGradient(node, producers);
      const [y] = node.outputs;
      if (found === undefined || y === undefined) return undefined;
      const gradient = unfoldedWeightGrad(g, found.x, found.dy, found.shape, found.window);
      return [y.rank === gradient.rank ? gradient : g.Reshape(gradient, g.i64(y.dims))];
    },
    names,
  );
  return prune(lowered);
}
