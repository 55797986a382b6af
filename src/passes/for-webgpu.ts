import { type Graph, type Node, ONNX_DTYPE, prune, tensor, type Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/**
 * Inputs or outputs of one node, the other side's one included, stay below the eight storage buffers that every
 * WebGPU device grants a shader.
 */
const WIDEST = 6;

type Rewriting = (node: Node, g: Builder) => readonly (Value | undefined)[] | undefined;

/**
 * Writes a graph in forms that ONNX Runtime's WebGPU provider (1.30) runs on the device. Same results.
 *
 * - `Concat` and `Split` of many tensors become trees: a shader has few storage buffers.
 * - `LogSoftmax`, `OneHot` and comparisons of int64 have no kernel there; each would cost a way to the host and
 *   back, and a wait, in every step. They are written with kernels that exist.
 */
export function forWebGpu(graph: Graph): Graph {
  return prune(rewrite(graph, (node, g) => (node.domain === "" ? RULES[node.opType]?.(node, g) : undefined)));
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

/** An int64 value as int32 where nothing can be lost; undefined elsewhere. */
function narrowed(v: Value, g: Builder): Value | undefined {
  const maker = g.built.find((node) => node.outputs.includes(v));
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

function intOf(node: Node, name: string, otherwise: number): number {
  const a = node.attributes[name];
  return a?.type === "int" ? Number(a.value) : otherwise;
}
