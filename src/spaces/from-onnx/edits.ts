/** The edits themselves: a graph and decisions in, a graph out. */
import { rngOf } from "../../base/index.js";
import { type Graph, type Node, prune, sizeOf, type Value } from "../../ir/index.js";
import { type ActivationName, activation } from "../../nn/index.js";
import { type Builder, findOp, readAttributes } from "../../ops/index.js";
import { rewrite } from "../../passes/index.js";
import type { Scalar } from "../../schema/index.js";
import {
  channelsOf,
  convForm,
  type EditKind,
  floatsOf,
  keepsShape,
  matrixOf,
  rankOf,
  shortcutOf,
} from "./sites.js";
import { floatTensor, lowRank, resizedKernel, separated } from "./tensors.js";
import { resizeChannels } from "./widths.js";

/** What a genotype decides at a site; undefined where it has no decision there. */
export type Decide = (kind: EditKind, key: string) => Scalar | undefined;

/**
 * A graph with edits made, in the order of `EDIT_KINDS`. Decisions are asked for where there is something left to
 * decide on: not within what was removed.
 */
export function edited(graph: Graph, decide: Decide): Graph {
  const removed = prune(
    rewrite(graph, (node) => (isRemoved(graph, node, decide) ? [withoutIt(graph, node)] : undefined)),
  );
  const changed = prune(rewrite(removed, (node, g) => changedNode(node, g, decide)));
  return resizeChannels(changed, (key) => Number(decide("width", key) ?? 1));
}

function isRemoved(graph: Graph, node: Node, decide: Decide): boolean {
  // The pass has replaced inputs already; sites are those of the original.
  const original = graph.nodes.find(({ name }) => name === node.name) ?? node;
  if (shortcutOf(graph, original) === undefined && !keepsShape(original)) return false;
  return decide("remove", node.name) === true;
}

function withoutIt(graph: Graph, node: Node): Value | undefined {
  const original = graph.nodes.find(({ name }) => name === node.name) ?? node;
  const shortcut = shortcutOf(graph, original);
  return node.inputs[shortcut === undefined ? 0 : original.inputs.indexOf(shortcut)];
}

function changedNode(node: Node, g: Builder, decide: Decide): readonly (Value | undefined)[] | undefined {
  if (node.domain !== "") return undefined;
  if (node.opType === "Conv") return changedConv(node, g, decide);
  if (node.opType === "MatMul" || node.opType === "Gemm") return changedProduct(node, g, decide);
  if (node.opType === "BatchNormalization") return changedBatchNorm(node, g, decide);
  if (node.opType === "LayerNormalization") return changedLayerNorm(node, g, decide);
  return changedActivation(node, g, decide);
}

function changedConv(node: Node, g: Builder, decide: Decide): Value[] | undefined {
  const form = convForm(node);
  const [x, w, b] = node.inputs;
  const data = w?.data;
  if (form === undefined || x === undefined || w === undefined || data === undefined) return undefined;
  const grow = Number(decide("kernel", node.name) ?? 0) / 2;
  const replace = decide("replace", node.name) ?? "keep";
  if (grow === 0 && replace === "keep") return undefined;
  const kernel = grow === 0 ? data : resizedKernel(data, grow);
  const pads = form.pads.map((p, i) => p + grow * (form.dilations[i % form.kernel.length] ?? 1));
  const window = {
    strides: form.strides,
    pads,
    dilations: form.dilations,
    kernel_shape: kernel.dims.slice(2),
  };
  const named = (part: string) => `${w.name}/${part}`;
  if (replace === "separable" && form.group === 1) {
    const { depthwise, pointwise } = separated(kernel);
    const spread = g.op1("Conv", [x, g.initializer(named("depthwise"), depthwise)], {
      ...window,
      group: form.dims[1],
    });
    return [conv(g, node, [spread, g.initializer(named("pointwise"), pointwise), b], {})];
  }
  const [outputs = 1, inputs = 1] = form.dims;
  const rank = rankOf(outputs, inputs);
  const flat = floatsOf(w);
  if (
    replace === "low-rank" &&
    rank !== undefined &&
    flat !== undefined &&
    form.group === 1 &&
    sizeOf(form.kernel) === 1
  ) {
    const { left, right } = lowRank(flat, outputs, inputs, rank, node.name);
    const ones = form.kernel.map(() => 1);
    const narrow = g.op1(
      "Conv",
      [x, g.initializer(named("right"), floatTensor([rank, inputs, ...ones], right))],
      {},
    );
    const wide = floatTensor([outputs, rank, ...ones], left);
    const grown = grow === 0 ? wide : resizedKernel(wide, grow);
    return [conv(g, node, [narrow, g.initializer(named("left"), grown), b], window)];
  }
  return [conv(g, node, [x, g.initializer(named("kernel"), kernel), b], { ...window, group: form.group })];
}

/** A convolution under the name of the one whose place it takes: later edits find it by that. */
function conv(
  g: Builder,
  node: Node,
  inputs: readonly (Value | undefined)[],
  attributes: Readonly<Record<string, unknown>>,
): Value {
  const out = g.op1("Conv", inputs, attributes);
  return renamed(g, out, node.name);
}

function renamed(g: Builder, out: Value, name: string): Value {
  const made = g.producerOf(out);
  if (made !== undefined) g.replace(made, { ...made, name });
  return out;
}

function changedProduct(node: Node, g: Builder, decide: Decide): Value[] | undefined {
  const size = matrixOf(node);
  const [x, w, b] = node.inputs;
  const data = floatsOf(w);
  if (size === undefined || x === undefined || w === undefined || data === undefined) return undefined;
  const rank = rankOf(...size);
  if (rank === undefined || decide("replace", node.name) !== "low-rank") return undefined;
  const [inputs, outputs] = size;
  const transposed =
    w.data?.dims[0] !== inputs ||
    (node.opType === "Gemm" &&
      readAttributes(findOp("Gemm")?.attributes ?? {}, node.attributes).transB === 1);
  const matrix = transposed
    ? Float32Array.from(
        { length: inputs * outputs },
        (_, i) => data[(i % outputs) * inputs + Math.floor(i / outputs)] ?? 0,
      )
    : data;
  const { left, right } = lowRank(matrix, inputs, outputs, rank, node.name);
  const narrow = g.MatMul(x, g.initializer(`${w.name}/left`, floatTensor([inputs, rank], left)));
  const wide = renamed(
    g,
    g.MatMul(narrow, g.initializer(`${w.name}/right`, floatTensor([rank, outputs], right))),
    node.name,
  );
  return [b === undefined ? wide : g.Add(wide, b)];
}

function changedBatchNorm(node: Node, g: Builder, decide: Decide): Value[] | undefined {
  const [x, ...rest] = node.inputs;
  const [scale, shift, mean, variance] = rest.map(floatsOf);
  if (x === undefined || !scale || !shift || !mean || !variance) return undefined;
  const to = decide("norm", node.name) ?? "keep";
  if (to === "keep") return undefined;
  const epsilon = Number(
    readAttributes(findOp("BatchNormalization")?.attributes ?? {}, node.attributes).epsilon ?? 1e-5,
  );
  const channels = scale.length;
  if (to === "group") {
    const num_groups = [8, 4, 2, 1].find((n) => channels % n === 0 && channels / n > 1) ?? 1;
    return [g.op1("GroupNormalization", [x, rest[0], rest[1]], { num_groups, epsilon })];
  }
  const factor = scale.map((s, i) => s / Math.sqrt((variance[i] ?? 0) + epsilon));
  const offset = shift.map((b, i) => b - (mean[i] ?? 0) * (factor[i] ?? 0));
  const dims = [channels, ...x.shape.slice(2).map(() => 1)];
  const part = (name: string, values: Float32Array) =>
    g.initializer(`${node.name}/${name}`, floatTensor(dims, values));
  return [g.Add(g.Mul(x, part("factor", factor)), part("offset", offset))];
}

function changedLayerNorm(node: Node, g: Builder, decide: Decide): Value[] | undefined {
  const [x, scale, shift] = node.inputs;
  if (x === undefined || scale === undefined || decide("norm", node.name) !== "rms") return undefined;
  const { axis = -1, epsilon = 1e-5 } = readAttributes(
    findOp("LayerNormalization")?.attributes ?? {},
    node.attributes,
  ) as {
    readonly axis?: number;
    readonly epsilon?: number;
  };
  const first = axis < 0 ? axis + x.rank : axis;
  const axes = x.shape.map((_, i) => i).slice(first);
  const mean = g.ReduceMean(g.Mul(x, x), g.i64(axes), { keepdims: 1 });
  const y = g.Mul(g.Div(x, g.Sqrt(g.Add(mean, g.scalar(epsilon)))), scale);
  return [shift === undefined ? y : g.Add(y, shift)];
}

function changedActivation(node: Node, g: Builder, decide: Decide): Value[] | undefined {
  const [x] = node.inputs;
  const [out] = node.outputs;
  if (x === undefined || out === undefined) return undefined;
  const to = decide("activation", node.name) ?? "keep";
  const deepen = decide("deepen", node.name) ?? "keep";
  if (to === "keep" && deepen === "keep") return undefined;
  const apply = (v: Value) =>
    to === "keep"
      ? g.op1(node.opType, [v, ...node.inputs.slice(1)], attributesOf(node))
      : activation(g, v, to as ActivationName);
  const y = apply(x);
  const channels = channelsOf(out);
  if (deepen === "keep" || channels === undefined) return [y];
  // An identity layer only stays one where the activation leaves alone what it made.
  const idempotent = to === "relu" || (to === "keep" && node.opType === "Relu");
  return [
    deepen === "layer" && idempotent
      ? apply(identityLayer(g, y, node.name, channels))
      : residual(g, y, node.name, channels),
  ];
}

function attributesOf(node: Node): Readonly<Record<string, unknown>> {
  return readAttributes(findOp(node.opType)?.attributes ?? {}, node.attributes);
}

/** Net2DeeperNet (Chen et al. 2016): a layer that begins as the identity. */
function identityLayer(g: Builder, x: Value, name: string, channels: number): Value {
  const plane = x.rank === 4;
  const side = plane ? 3 : 1;
  const data = new Float32Array(channels * channels * side * side);
  const middle = (side * side - 1) / 2;
  for (let c = 0; c < channels; c++) data[(c * channels + c) * side * side + middle] = 1;
  const bias = g.initializer(`${name}/deeper/bias`, floatTensor([channels], new Float32Array(channels)));
  if (!plane)
    return g.Gemm(x, g.initializer(`${name}/deeper/weight`, floatTensor([channels, channels], data)), bias, {
      transB: 1,
    });
  const w = g.initializer(`${name}/deeper/weight`, floatTensor([channels, channels, 3, 3], data));
  return g.Conv(x, w, bias, { pads: [1, 1, 1, 1], kernel_shape: [3, 3] });
}

/** A branch beside the value whose last layer begins at zero. */
function residual(g: Builder, x: Value, name: string, channels: number): Value {
  const rng = rngOf(0, "deeper", name);
  const normal = (count: number, std: number) =>
    Float32Array.from({ length: count }, () => std * rng.normal());
  const zeros = (dims: readonly number[]) =>
    g.initializer(`${name}/deeper/out`, floatTensor(dims, new Float32Array(sizeOf(dims))));
  const weight = (dims: readonly number[], fan: number) =>
    g.initializer(`${name}/deeper/in`, floatTensor(dims, normal(sizeOf(dims), Math.sqrt(2 / fan))));
  if (x.rank === 2) {
    const h = g.Relu(g.MatMul(x, weight([channels, channels], channels)));
    return g.Add(x, g.MatMul(h, zeros([channels, channels])));
  }
  const h = g.Relu(
    g.Conv(x, weight([channels, 1, 3, 3], 9), undefined, { group: channels, pads: [1, 1, 1, 1] }),
  );
  return g.Add(x, g.Conv(h, zeros([channels, channels, 1, 1])));
}
