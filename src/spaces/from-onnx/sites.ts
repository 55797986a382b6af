/** Where a graph can be edited, and how: the decisions of the space around it. */
import { type Graph, type Node, numbersOf, sizeOf, type Value } from "../../ir/index.js";
import type { ActivationName } from "../../nn/index.js";
import { findOp, readAttributes } from "../../ops/index.js";
import type { Scalar } from "../../schema/index.js";
import { channelGroups } from "./channels.js";

/** The kinds of edits; within a kind a site is a node's name. */
export const EDIT_KINDS = ["remove", "replace", "kernel", "activation", "norm", "deepen", "width"] as const;
export type EditKind = (typeof EDIT_KINDS)[number];

/** A decision: the first value leaves the network as it is. */
export interface Site {
  readonly kind: EditKind;
  readonly key: string;
  readonly values: readonly Scalar[];
}

/** Values with which an edit does not change what the network computes. */
export const PRESERVING: Readonly<Record<EditKind, (value: Scalar) => boolean>> = {
  remove: (value) => value === false,
  replace: (value) => value === "keep",
  kernel: (value) => Number(value) >= 0,
  activation: (value) => value === "keep",
  norm: (value) => value === "keep" || value === "affine",
  deepen: () => true,
  width: (value) => Number(value) >= 1,
};

const ACTIVATIONS: Readonly<Record<string, ActivationName | "other">> = {
  Relu: "relu",
  LeakyRelu: "leaky-relu",
  HardSwish: "hard-swish",
  Gelu: "gelu",
  Elu: "elu",
  Selu: "selu",
  Celu: "celu",
  Mish: "mish",
  Swish: "silu",
  Softplus: "softplus",
  Tanh: "tanh",
};
const INSTEAD = ["relu", "hard-swish", "silu", "gelu"] as const;

/** Matrices of more numbers than this are not factorised. */
const MAX_FACTORISED = 1 << 18;
/** Layers of more channels are not deepened by a dense one. */
const MAX_DEEPENED = 512;

/** All sites of a graph with inferred shapes, whose weights are initializers and whose nodes have names. */
export function sitesOf(graph: Graph): Site[] {
  const sites: Site[] = [];
  for (const node of graph.nodes) {
    if (node.domain !== "") continue;
    const add = (kind: EditKind, ...values: readonly Scalar[]) => {
      if (values.length > 1) sites.push({ kind, key: node.name, values });
    };
    if (shortcutOf(graph, node) !== undefined || keepsShape(node)) add("remove", false, true);
    if (node.opType === "Conv") {
      const form = convForm(node);
      if (form !== undefined) {
        const { kernel, pads, dilations, dims, group } = form;
        const outside = kernel.every((k) => k <= 5) && hasPlane(node.inputs[0]);
        const inside = kernel.every(
          (k, i) => k >= 3 && [i, i + kernel.length].every((p) => (pads[p] ?? 0) >= (dilations[i] ?? 1)),
        );
        add("kernel", 0, ...(outside ? [2] : []), ...(inside ? [-2] : []));
        const dense = group === 1 && (dims[1] ?? 1) > 1;
        if (dense && sizeOf(kernel) > 1) add("replace", "keep", "separable");
        else if (dense && rankOf(dims[0] ?? 1, dims[1] ?? 1) !== undefined)
          add("replace", "keep", "low-rank");
      }
    }
    const matrix = matrixOf(node);
    if (matrix !== undefined && rankOf(...matrix) !== undefined) add("replace", "keep", "low-rank");
    const own = ACTIVATIONS[node.opType];
    if (own !== undefined) {
      add("activation", "keep", ...INSTEAD.filter((it) => it !== own));
      const channels = channelsOf(node.outputs[0]);
      if (channels !== undefined && channels <= MAX_DEEPENED)
        add("deepen", "keep", ...(node.opType === "Relu" ? ["layer"] : []), "residual");
    }
    if (node.opType === "BatchNormalization") add("norm", "keep", "affine", "group");
    if (node.opType === "LayerNormalization") add("norm", "keep", "rms");
  }
  for (const { makers } of channelGroups(graph)) {
    const [first] = makers;
    if (first !== undefined)
      sites.push({ kind: "width", key: first.name, values: [1, 0.5, 0.75, 1.25, 1.5, 2] });
  }
  return sites;
}

export interface ConvForm {
  /** Of the weight. */
  readonly dims: readonly number[];
  readonly kernel: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly strides: readonly number[];
  readonly group: number;
}

/** A convolution with constant weights and explicit padding. */
export function convForm(node: Node): ConvForm | undefined {
  const [, w, b] = node.inputs;
  const dims = w?.data?.dims;
  if (node.opType !== "Conv" || dims === undefined || w?.data?.dtype !== "float32") return undefined;
  if (b !== undefined && b.data === undefined) return undefined;
  const attrs: Readonly<Record<string, unknown>> = readAttributes(
    findOp("Conv")?.attributes ?? {},
    node.attributes,
  );
  if (attrs.auto_pad !== undefined && attrs.auto_pad !== "NOTSET") return undefined;
  const kernel = dims.slice(2);
  const numbers = (value: unknown, or: number, length: number) =>
    Array.isArray(value) && value.length === length ? value.map(Number) : new Array<number>(length).fill(or);
  return {
    dims,
    kernel,
    pads: numbers(attrs.pads, 0, 2 * kernel.length),
    dilations: numbers(attrs.dilations, 1, kernel.length),
    strides: numbers(attrs.strides, 1, kernel.length),
    group: Number(attrs.group ?? 1),
  };
}

/** Inputs and outputs of a product with a constant matrix: [inputs, outputs]. */
export function matrixOf(node: Node): readonly [number, number] | undefined {
  const [, w, b] = node.inputs;
  if (w?.data?.dtype !== "float32" || w.data.dims.length !== 2) return undefined;
  const [rows = 1, columns = 1] = w.data.dims;
  if (node.opType === "MatMul") return [rows, columns];
  if (node.opType !== "Gemm" || (b !== undefined && b.data === undefined)) return undefined;
  const attrs = readAttributes(findOp("Gemm")?.attributes ?? {}, node.attributes);
  if (attrs.transA === 1 || (attrs.alpha ?? 1) !== 1 || (attrs.beta ?? 1) !== 1) return undefined;
  return attrs.transB === 1 ? [columns, rows] : [rows, columns];
}

/** The rank with which a factorised matrix costs half; undefined where that is not worth it. */
export function rankOf(m: number, n: number): number | undefined {
  const rank = Math.floor((m * n) / (m + n) / 2);
  return rank >= 1 && m * n >= 64 && m * n <= MAX_FACTORISED ? rank : undefined;
}

/** Of a sum, the addend that the other one is computed from: without that branch it is the sum. */
export function shortcutOf(graph: Graph, node: Node): Value | undefined {
  const [a, b] = node.inputs;
  if (node.opType !== "Add" || a === undefined || b === undefined) return undefined;
  if (a.data !== undefined || b.data !== undefined || !sameShape(a, b)) return undefined;
  const aFromB = dependsOn(graph, a, b);
  if (aFromB === dependsOn(graph, b, a)) return undefined;
  return aFromB ? b : a;
}

/** A layer with weights whose output has the shape of its input. */
export function keepsShape(node: Node): boolean {
  const [x] = node.inputs;
  const [y] = node.outputs;
  const layer = convForm(node) !== undefined || matrixOf(node) !== undefined;
  return layer && x !== undefined && x.data === undefined && y !== undefined && sameShape(x, y);
}

function dependsOn(graph: Graph, value: Value, on: Value): boolean {
  const open = [value];
  const seen = new Set<Value>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === on) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const v of graph.producer(at)?.inputs ?? []) if (v !== undefined) open.push(v);
  }
  return false;
}

function sameShape(a: Value, b: Value): boolean {
  if (a.type?.kind !== "tensor" || b.type?.kind !== "tensor") return false;
  return a.type.shape !== undefined && a.dtype === b.dtype && a.type.shape.join() === b.type.shape?.join();
}

function hasPlane(x: Value | undefined): boolean {
  return x?.type?.kind === "tensor" && (x.type.shape ?? []).slice(2).some((d) => d !== 1);
}

/** Channels of maps [N, C, H, W] or vectors [N, C]; undefined for all else. */
export function channelsOf(x: Value | undefined): number | undefined {
  if (x?.type?.kind !== "tensor" || x.type.dtype !== "float32") return undefined;
  const { shape } = x.type;
  if (shape?.length !== 4 && shape?.length !== 2) return undefined;
  return typeof shape[1] === "number" ? shape[1] : undefined;
}

/** A constant of numbers. */
export function floatsOf(value: Value | undefined): Float32Array | undefined {
  if (value?.data?.dtype !== "float32") return undefined;
  return value.data.data instanceof Float32Array ? value.data.data : Float32Array.from(numbersOf(value.data));
}
