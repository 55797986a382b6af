import { dim, type Shape } from "../base/index.js";
import { OWN_GRADIENT, type Value } from "../ir/index.js";
import { findOp } from "../ops/index.js";
import {
  again,
  attributesOf,
  type Batched,
  type BatchedNode,
  type BatchRule,
  batchedValue,
  constantOf,
  type Input,
  lengthsFor,
  lifted,
  onlyFirst,
  shifted,
} from "./vmap-node.js";

/** Elementwise operators broadcast: shapes are aligned behind the new axis. */
export function batchElementwise(it: BatchedNode): readonly Value[] | undefined {
  const rule = it.node.attributes[OWN_GRADIENT];
  if (findOp(it.node.opType)?.elementwise !== true || rule?.type === "graph") return undefined;
  if (rule !== undefined) return undefined;
  const rank = Math.max(...it.inputs.map((v) => v?.shape.length ?? 0));
  return again(
    it,
    it.inputs.map((v) => v && lifted(it, v, rank)),
  );
}

/** Operators on the last axes, or elementwise, whose other inputs are for all. */
const asItIs: BatchRule = (it) =>
  onlyFirst(it)
    ? again(
        it,
        it.inputs.map((v) => v?.value),
      )
    : undefined;

/** Operators whose attribute `axis` counts from the front. */
const alongAxis: BatchRule = (it) => {
  const [x] = it.inputs;
  const { axis } = attributesOf(it);
  if (!onlyFirst(it) || x === undefined || typeof axis !== "number") return undefined;
  return again(
    it,
    it.inputs.map((v) => v?.value),
    { axis: shifted(axis, x.shape.length) },
  );
};

const reduce: BatchRule = (it) => {
  const [x, axes] = it.inputs;
  const attrs = attributesOf(it);
  if (!onlyFirst(it) || x === undefined) return undefined;
  const given = axes === undefined ? (attrs.axes as readonly number[] | undefined) : constantOf(axes);
  if (axes !== undefined && given === undefined) return undefined;
  const none = given === undefined || given.length === 0;
  if (none && attrs.noop_with_empty_axes === 1) return again(it, [x.value]);
  const list = none ? x.shape.map((_, i) => i) : given;
  if (list.length === 0) return undefined;
  return again(it, [x.value, it.g.i64(list.map((i) => shifted(i, x.shape.length)))], { axes: undefined });
};

/** Operators on batches of images: the new axis goes into the batch. */
const withinBatch: BatchRule = (it) => {
  const [x] = it.inputs;
  if (!onlyFirst(it) || x === undefined || it.outputs.length !== 1) return undefined;
  const merged = mergeFirst(it, x);
  const apart = lengthsApart(it);
  if (merged === undefined || apart === undefined) return undefined;
  const [y] = again(it, [merged, ...it.inputs.slice(1).map((v) => v?.value)]);
  return y && [it.g.op1("Reshape", [y, apart])];
};

/** MaxPool may say which element it took, counted within its input: within each of the many. */
const maxPool: BatchRule = (it) => {
  const [x] = it.inputs;
  const size = x === undefined ? undefined : dim.size(x.shape);
  if (it.node.outputs[1] === undefined) return withinBatch(it);
  if (x === undefined || typeof size !== "number") return undefined;
  const merged = mergeFirst(it, x);
  const apart = lengthsApart(it);
  if (merged === undefined || apart === undefined) return undefined;
  const { g, lead } = it;
  const [y, places] = again(it, [merged]).map((v) => g.op1("Reshape", [v, apart]));
  const count = g.op1("Squeeze", [g.op1("Shape", [lead], { start: 0, end: 1 })]);
  const limit = g.op1("Mul", [count, g.i64(size)]);
  const starts = g.op1("Range", [g.i64(0), limit, g.i64(size)]);
  const first = g.op1("Reshape", [starts, g.i64([-1, ...x.shape.map(() => 1)])]);
  return y && places && [y, g.op1("Sub", [places, first])];
};

/** [B, N, rest] as [B*N, rest]. */
function mergeFirst(it: BatchedNode, x: Input): Value | undefined {
  const lengths = lengthsFor(-1, x.shape.slice(1));
  return lengths && it.g.op1("Reshape", [x.value, it.g.i64(lengths)]);
}

/** The shape that takes the merged axis of the only output apart again. */
function lengthsApart(it: BatchedNode): Value | undefined {
  const lengths = lengthsOf(it, it.outputs[0]?.shape ?? []);
  return lengths && it.g.i64(lengths);
}

/** [B, rest] for a Reshape, with one unknown length at most. */
function lengthsOf(it: BatchedNode, shape: Shape): number[] | undefined {
  const [count] = it.lead.shape;
  if (typeof count === "number") return lengthsFor(count, shape);
  return dim.isStatic(shape) && !shape.includes(0) ? [-1, ...shape] : undefined;
}

/** A convolution with filters for each: groups of one convolution, whose images have the channels of all. */
const conv: BatchRule = (it) => {
  const [x, w, bias] = it.inputs;
  if (x === undefined || w === undefined) return undefined;
  if (!w.batched && bias?.batched !== true) return withinBatch(it);
  const [count] = it.lead.shape;
  const [y] = it.outputs;
  if (typeof count !== "number" || y === undefined) return undefined;
  if (![w.shape, x.shape, y.shape].every((shape) => dim.isStatic(shape))) return undefined;
  const { g } = it;
  const lengths = (shape: Shape) => shape as readonly number[];
  const [images = 1, channels = 1, ...plane] = lengths(x.shape);
  const merged = g.op1("Reshape", [
    imagesFirst(g, batchedValue(it, x), images),
    g.i64([images, count * channels, ...plane]),
  ]);
  // Filters [B, M, …] and biases [B, M] as those of B*M.
  const fold = (v: Input) => {
    const [first = 1, ...rest] = lengths(v.shape);
    return g.op1("Reshape", [batchedValue(it, v), g.i64([count * first, ...rest])]);
  };
  const inputs = [merged, fold(w), ...(bias === undefined ? [] : [fold(bias)])];
  const [all] = again(it, inputs, { group: count * Number(attributesOf(it).group) });
  if (all === undefined) return undefined;
  const [, filters = 1, ...out] = lengths(y.shape);
  const apart = g.op1("Reshape", [all, g.i64([images, count, filters, ...out])]);
  return [imagesFirst(g, apart, images)];
};

/** The first two axes exchanged: applications [B] and images [N]. */
function imagesFirst(g: BatchedNode["g"], x: Value, images: number): Value {
  // With one image both orders are the same numbers in a row.
  if (images === 1) return g.op1("Reshape", [x, g.i64([x.dims[1] ?? 1, x.dims[0] ?? 1, ...x.dims.slice(2)])]);
  return g.op1("Transpose", [x], { perm: [1, 0, ...x.dims.slice(2).map((_, i) => i + 2)] });
}

const matMul: BatchRule = (it) => {
  const [a, b] = it.inputs;
  if (a === undefined || b === undefined || a.shape.length < 2 || b.shape.length < 2) return undefined;
  const rank = Math.max(a.shape.length, b.shape.length);
  return [it.g.op1("MatMul", [lifted(it, a, rank), lifted(it, b, rank)])];
};

const gemm: BatchRule = (it) => {
  const [a, b, c] = it.inputs;
  const { alpha, beta, transA, transB } = attributesOf(it);
  if (a === undefined || b === undefined) return undefined;
  const { g } = it;
  const turned = (v: Input, turn: unknown) => {
    return turn === 1 ? g.op1("Transpose", [v.value], { perm: v.batched ? [0, 2, 1] : [1, 0] }) : v.value;
  };
  const scaled = (v: Value, by: unknown) => (by === 1 ? v : g.op1("Mul", [v, g.scalar(Number(by), v.dtype)]));
  const product = scaled(g.op1("MatMul", [turned(a, transA), turned(b, transB)]), alpha);
  return [c === undefined ? product : g.op1("Add", [product, scaled(lifted(it, c, 2), beta)])];
};

const transpose: BatchRule = (it) => {
  const [x] = it.inputs;
  if (x === undefined) return undefined;
  const { perm } = attributesOf(it);
  const given = Array.isArray(perm) ? (perm as number[]) : x.shape.map((_, i) => x.shape.length - 1 - i);
  return again(it, [x.value], { perm: [0, ...given.map((i) => i + 1)] });
};

/** Reshape, Flatten, Squeeze and Unsqueeze: another shape of the same elements. */
const reshaped: BatchRule = (it) => {
  const [x] = it.inputs;
  const lengths = lengthsFor(0, it.outputs[0]?.shape ?? []);
  if (!onlyFirst(it) || x === undefined || lengths === undefined) return undefined;
  return [it.g.op1("Reshape", [x.value, it.g.i64(lengths)])];
};

const concat: BatchRule = (it) => {
  const parts = it.inputs.flatMap((v) => v ?? []);
  const axis = shifted(Number(attributesOf(it).axis), parts[0]?.shape.length ?? 0);
  return again(
    it,
    parts.map((v) => batchedValue(it, v)),
    { axis },
  );
};

const expand: BatchRule = (it) => {
  const [x, shape] = it.inputs;
  const [y] = it.outputs;
  if (!onlyFirst(it) || x === undefined || shape === undefined || y === undefined) return undefined;
  const { g } = it;
  const target = dim.isStatic(y.shape)
    ? g.i64([1, ...y.shape])
    : g.op1("Concat", [g.i64([1]), shape.value], { axis: 0 });
  return [g.op1("Expand", [lifted(it, x, y.shape.length), target])];
};

const slice: BatchRule = (it) => {
  const [x, starts, ends, axes, steps] = it.inputs;
  if (!onlyFirst(it) || x === undefined || starts === undefined) return undefined;
  const count = starts.shape[0];
  const given = axes === undefined ? Array.from({ length: Number(count) }, (_, i) => i) : constantOf(axes);
  if (given === undefined || typeof count !== "number") return undefined;
  const list = it.g.i64(given.map((i) => shifted(i, x.shape.length)));
  return again(it, [x.value, starts.value, ends?.value, list, steps?.value]);
};

const pad: BatchRule = (it) => {
  const [x, pads, value, axes] = it.inputs;
  const given = constantOf(pads);
  if (!onlyFirst(it) || x === undefined || given === undefined || axes !== undefined) return undefined;
  const half = given.length / 2;
  const wide = it.g.i64([0, ...given.slice(0, half), 0, ...given.slice(half)]);
  return again(it, [x.value, wide, value?.value]);
};

const gather: BatchRule = (it) => {
  const [x, indices] = it.inputs;
  if (x === undefined || indices === undefined) return undefined;
  const axis = Number(attributesOf(it).axis);
  if (!indices.batched) return again(it, [x.value, indices.value], { axis: shifted(axis, x.shape.length) });
  const first = axis === 0 || axis === -x.shape.length;
  return !x.batched && first ? again(it, [x.value, indices.value]) : undefined;
};

/** Elements picked or put along an axis, by indices of the data's rank. */
const alongIndices: BatchRule = (it) => {
  const [x] = it.inputs;
  const axis = shifted(Number(attributesOf(it).axis), x?.shape.length ?? 0);
  return again(
    it,
    it.inputs.map((v) => v && batchedValue(it, v)),
    { axis },
  );
};

/** The shape of one, which is the same for all. */
const shapeOfOne: BatchRule = (it) => {
  const [x] = it.inputs;
  if (x === undefined) return undefined;
  const { start, end } = attributesOf(it);
  const rank = x.shape.length;
  const place = (at: unknown, otherwise: number) => {
    const given = typeof at === "number" ? at : otherwise;
    return Math.min(rank, Math.max(0, given < 0 ? given + rank : given));
  };
  const [from, to] = [place(start, 0), place(end, rank)];
  const part = x.shape.slice(from, to);
  const value: Value = dim.isStatic(part)
    ? it.g.i64(part)
    : it.g.op1("Shape", [x.value], { start: from + 1, end: Math.max(from, to) + 1 });
  return [{ value, batched: false } satisfies Batched];
};

const sizeOfOne: BatchRule = (it) => {
  const size = dim.size(it.inputs[0]?.shape ?? []);
  return typeof size === "number" ? [{ value: it.g.i64(size), batched: false }] : undefined;
};

const rules = (names: string, rule: BatchRule): Record<string, BatchRule> =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** How operators are applied to many at once. */
export const BATCH_RULES: Readonly<Record<string, BatchRule>> = {
  ...rules("Clip Trilu", asItIs),
  ...rules("Softmax LogSoftmax Hardmax Split ArgMax ArgMin LayerNormalization TopK", alongAxis),
  ...rules("ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceSumSquare", reduce),
  ...rules("ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp", reduce),
  ...rules("AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool", withinBatch),
  ...rules("ConvTranspose BatchNormalization InstanceNormalization GroupNormalization LRN", withinBatch),
  ...rules("DepthToSpace SpaceToDepth", withinBatch),
  ...rules("Reshape Flatten Squeeze Unsqueeze", reshaped),
  ...rules("GatherElements ScatterElements", alongIndices),
  Conv: conv,
  MaxPool: maxPool,
  MatMul: matMul,
  Gemm: gemm,
  Transpose: transpose,
  Concat: concat,
  Expand: expand,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  Shape: shapeOfOne,
  Size: sizeOfOne,
};
