import { type Graph, type Node, ONNX_DTYPE, prune, tensor, type Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/**
 * Inputs or outputs of one node, the other side's one included, stay below the eight storage buffers that every
 * WebGPU device grants a shader.
 */
const WIDEST = 6;

type Rewriting = (node: Node, g: Builder) => readonly (Value | undefined)[] | undefined;

/** A graph for WebGPU, and the names of nodes that must run on the host all the same. */
export interface ForWebGpu {
  readonly graph: Graph;
  readonly onHost: readonly string[];
}

/**
 * Writes a graph in forms that ONNX Runtime's WebGPU provider (1.30) runs, and runs rightly. Same results.
 *
 * - `Concat` and `Split` of many tensors become trees: a shader has few storage buffers.
 * - `LogSoftmax`, `OneHot` and comparisons of int64 have no kernel there; each would cost a way to the host and
 *   back, and a wait, in every step. They are written with kernels that exist.
 * - `Conv` of more than four channels that are no multiple of four gives wrong numbers there: channels of zeros are
 *   added. So does `Conv` with more than two filters a group of one channel: groups become images, or one
 *   convolution for each filter.
 * - `MaxPool` with indices fails there when it runs, and `Slice` with negative steps is wrong at the border: the host
 *   runs them.
 */
export function forWebGpu(graph: Graph): ForWebGpu {
  const written = prune(
    rewrite(graph, (node, g) => (node.domain === "" ? RULES[node.opType]?.(node, g) : undefined)),
  );
  return { graph: written, onHost: written.nodes.filter(failsOnDevice).map((node) => node.name) };
}

function failsOnDevice({ opType, inputs, outputs, attributes }: Node): boolean {
  if (opType === "MaxPool") return outputs[1] !== undefined || attributes.storage_order !== undefined;
  if (opType !== "Slice" || inputs[4] === undefined) return false;
  const steps = inputs[4].data?.data;
  return !(steps instanceof BigInt64Array) || steps.some((step) => step < 0n);
}

const RULES: Readonly<Record<string, Rewriting>> = {
  Concat(node, g) {
    const parts = node.inputs.filter((v): v is Value => isRanked(v));
    if (parts.length !== node.inputs.length || parts.length <= WIDEST) return undefined;
    return [concatTree(g, parts, intOf(node, "axis", 0))];
  },

  Split(node, g) {
    const [x, sizes] = node.inputs;
    const lengths = sizes?.data?.data;
    if (!isRanked(x) || !(lengths instanceof BigInt64Array) || node.outputs.length <= WIDEST)
      return undefined;
    return splitTree(g, x, Array.from(lengths, Number), intOf(node, "axis", 0));
  },

  Conv(node, g) {
    const [x, w, bias] = node.inputs;
    const [y] = node.outputs;
    if (!isRanked(x) || !isRanked(w) || !isRanked(y) || x.rank !== 4) return undefined;
    const { shape } = w;
    if (!isFixed(shape) || x.dtype !== "float32") return undefined;
    const [filters = 1, perGroup = 1] = shape;
    const group = intOf(node, "group", 1);
    const attrs = convAttributes(node);
    if (group === 1 && perGroup > 4 && perGroup % 4 !== 0) {
      const more = g.i64([0, 0, 0, 0, 0, 4 - (perGroup % 4), 0, 0]);
      return [g.Conv(g.Pad(x, more), g.Pad(w, more), ...(bias === undefined ? [] : [bias]), attrs)];
    }
    const each = filters / group;
    const plane = y.shape.slice(2);
    if (perGroup !== 1 || group === 1 || each <= 2 || !isFixed(plane)) return undefined;
    const out = convByGroups(g, x, w, group, each, plane, attrs);
    return [bias === undefined ? out : g.Add(out, g.Reshape(bias, g.i64([1, filters, 1, 1])))];
  },

  LogSoftmax(node, g) {
    const [x] = node.inputs;
    if (!isRanked(x) || x.dtype !== "float32") return undefined;
    const axes = g.i64([intOf(node, "axis", -1)]);
    const z = g.Sub(x, g.ReduceMax(x, axes, { keepdims: 1 }));
    return [g.Sub(z, g.Log(g.ReduceSum(g.Exp(z), axes, { keepdims: 1 })))];
  },

  OneHot(node, g) {
    const [indices, depth, values] = node.inputs;
    const levels = values?.data?.data;
    const size = depth?.data?.data;
    if (!isRanked(indices) || !(levels instanceof Float32Array) || !(size instanceof BigInt64Array))
      return undefined;
    const rank = indices.rank + 1;
    const axis = intOf(node, "axis", -1);
    const at = axis < 0 ? axis + rank : axis;
    const classes = Number(size[0] ?? 0n);
    const shape = Array.from({ length: rank }, (_, i) => (i === at ? classes : 1));
    const codes = tensor(
      "int32",
      shape,
      Array.from({ length: classes }, (_, i) => i),
    );
    const index = g.Unsqueeze(asInt32(g, indices), g.i64([at]));
    // A negative index counts from the end.
    const wrapped = g.Where(
      g.Less(index, g.scalar(0, "int32")),
      g.Add(index, g.scalar(classes, "int32")),
      index,
    );
    const hit = g.Equal(wrapped, g.constant(codes, "codes"));
    const [off = 0, on = 1] = levels;
    return [g.Add(g.Mul(g.Cast(hit, { to: ONNX_DTYPE.float32 }), g.scalar(on - off)), g.scalar(off))];
  },

  Equal(node, g) {
    const [a, b] = node.inputs;
    // Only where both come of 32-bit numbers or positions: wider ones would lose digits.
    if (!isRanked(a) || !isRanked(b) || a.dtype !== "int64") return undefined;
    const narrow = [a, b].map((v) => narrowed(v, g));
    const [x, y] = narrow;
    return x === undefined || y === undefined ? undefined : [g.Equal(x, y)];
  },
};

/** A convolution of groups of one channel with several filters each. */
function convByGroups(
  g: Builder,
  x: Value,
  w: Value,
  group: number,
  each: number,
  plane: readonly number[],
  attrs: Readonly<Record<string, unknown>>,
): Value {
  const joined = g.i64([-1, group * each, ...plane]);
  const tile = g.producerOf(w);
  const [filters, times] = tile?.opType === "Tile" ? tile.inputs : [];
  const input = x.shape.slice(2);
  const counts = times?.data?.data;
  const repeated = counts instanceof BigInt64Array && counts[0] === BigInt(group) && isRanked(filters);
  if (repeated && isFixed(input) && filters.shape[0] === each) {
    // The same filters for every channel, as gradients of filters use them: channels are as good as images.
    const images = g.Reshape(x, g.i64([-1, 1, ...input]));
    return g.Reshape(g.Conv(images, filters, attrs), joined);
  }
  const kernel = w.shape.slice(2) as readonly number[];
  const parts = g.Reshape(w, g.i64([group, each, 1, ...kernel]));
  const maps = Array.from({ length: each }, (_, i) => {
    const one = g.Gather(parts, g.i64(i), { axis: 1 });
    return g.Unsqueeze(g.Conv(x, one, { ...attrs, group }), g.i64([2]));
  });
  return g.Reshape(concatTree(g, maps, 2), joined);
}

/** What of a convolution's attributes holds for any number of groups. */
function convAttributes(node: Node): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of ["kernel_shape", "strides", "dilations", "pads", "auto_pad"]) {
    const a = node.attributes[name];
    if (a?.type === "ints") kept[name] = a.value.map(Number);
    else if (a?.type === "string") kept[name] = a.value;
  }
  return kept;
}

/** An int64 value as int32 where nothing can be lost; undefined elsewhere. */
function narrowed(v: Value, g: Builder): Value | undefined {
  const maker = g.producerOf(v);
  const [source] = maker?.inputs ?? [];
  if (
    maker?.opType === "Cast" &&
    isRanked(source) &&
    ["int32", "uint8", "int8", "bool"].includes(source.dtype)
  )
    return source.dtype === "int32" ? source : g.Cast(source, { to: ONNX_DTYPE.int32 });
  return maker?.opType === "ArgMax" || maker?.opType === "ArgMin"
    ? g.Cast(v, { to: ONNX_DTYPE.int32 })
    : undefined;
}

function asInt32(g: Builder, v: Value): Value {
  if (v.dtype === "int32") return v;
  return narrowed(v, g) ?? g.Cast(v, { to: ONNX_DTYPE.int32 });
}

function concatTree(g: Builder, parts: readonly Value[], axis: number): Value {
  if (parts.length <= WIDEST) return g.Concat(parts, { axis });
  const groups = groupsOf(parts).map((group) => (group.length === 1 ? group[0] : g.Concat(group, { axis })));
  return concatTree(
    g,
    groups.filter((v): v is Value => v !== undefined),
    axis,
  );
}

function splitTree(g: Builder, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  if (sizes.length <= WIDEST) return g.op("Split", [x, g.i64(sizes)], { axis }, sizes.length);
  const groups = groupsOf(sizes);
  const parts = splitTree(
    g,
    x,
    groups.map((group) => group.reduce((a, b) => a + b, 0)),
    axis,
  );
  return groups.flatMap((group, i) => {
    const part = parts[i];
    return part === undefined ? [] : splitTree(g, part, group, axis);
  });
}

function groupsOf<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / WIDEST);
  const size = Math.ceil(items.length / count);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

function isRanked(v: Value | undefined): v is Value {
  return v?.type?.kind === "tensor" && v.type.shape !== undefined;
}

function isFixed(shape: readonly unknown[]): shape is readonly number[] {
  return shape.every((d) => typeof d === "number");
}

function intOf(node: Node, name: string, otherwise: number): number {
  const a = node.attributes[name];
  return a?.type === "int" ? Number(a.value) : otherwise;
}
