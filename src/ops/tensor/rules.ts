import { type Dim, dim, fail, type Issue, issue, type Shape } from "../../base/index.js";
import { numbersOf, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import type { Arg } from "../define.js";
import { eachIndex, type RefTensor, ref, stridesOf } from "../reference.js";

/** Integers that an input holds, where they are known while the graph is built. */
export function integersOf(arg: Arg | undefined): number[] | undefined {
  if (arg?.constant !== undefined) return numbersOf(arg.constant);
  const numbers = arg?.contents?.filter((d) => typeof d === "number");
  return numbers?.length === arg?.contents?.length ? numbers : undefined;
}

/** No tensor has more axes (nor a node more results by a list of lengths); a file that asks for more is damaged. */
const MAX_RANK = 1024;

/** Length of a vector input that says something of axes, where it is known. */
export function lengthOf(arg: Arg): number | undefined {
  const [length] = arg.shape;
  return arg.shape.length === 1 && typeof length === "number" && length <= MAX_RANK ? length : undefined;
}

/** A non-negative axis, or undefined where it lies outside. */
export function axisOf(axis: number, rank: number): number | undefined {
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(at) && at >= 0 && at < rank ? at : undefined;
}

/** Non-negative axes; the refusal where one lies outside or comes twice. */
export function axesOf(axes: readonly number[], rank: number): number[] | Issue {
  const out: number[] = [];
  for (const axis of axes) {
    const at = axisOf(axis, rank);
    if (at === undefined) return axisIssue(axis, rank);
    if (out.includes(at)) return issue("axis_twice", { expected: "distinct axes", received: `[${axes}]` });
    out.push(at);
  }
  return out;
}

export function axisIssue(axis: number, rank: number): Issue {
  return issue("axis_range", { expected: `an axis in [${-rank}, ${rank - 1}]`, received: String(axis) });
}

/** A non-negative axis of a shape that inference has accepted. */
export function axisAt(axis: number, rank: number): number {
  return axisOf(axis, rank) ?? fail("axis_range", { expected: `rank above ${rank}`, received: String(axis) });
}

/** A shape of a known rank whose lengths only the run decides. */
export function unknownShape(rank: number): Dim[] {
  if (rank > MAX_RANK)
    fail("rank_too_large", { expected: `at most ${MAX_RANK} axes`, received: String(rank) });
  return Array.from({ length: rank }, () => dim.unknown());
}

/** Refusal of an input whose rank or length must be known while the graph is built. */
export function unknownRank(input: string): Issue {
  return issue("rank_unknown", {
    expected: `${input} of known length`,
    hint: `give ${input} as a constant, or a vector of static length`,
  });
}

/** Row-major offset of an index. */
export function offsetOf(index: readonly number[], strides: readonly number[]): number {
  let at = 0;
  for (let i = 0; i < strides.length; i++) at += (index[i] ?? 0) * (strides[i] ?? 0);
  return at;
}

/** A tensor whose element at `index` is the element of `x` at `source(index)`, or `otherwise`. */
export function remap(
  x: RefTensor,
  dims: readonly number[],
  source: (index: readonly number[]) => readonly number[] | undefined,
  otherwise = 0,
): RefTensor {
  const strides = stridesOf(x.dims);
  const out = ref(x.dtype, dims);
  eachIndex(dims, (index, flat) => {
    const from = source(index);
    out.data[flat] = from === undefined ? otherwise : (x.data[offsetOf(from, strides)] ?? 0);
  });
  return out;
}

/** Contents of a vector input of the reference. */
export function listOf(x: RefTensor | undefined): number[] | undefined {
  return x === undefined ? undefined : Array.from(x.data);
}

/** The target of a Reshape to `shape` as a constant, where -1 can stand for what is symbolic. */
function constantTarget(from: Shape, shape: Shape): number[] | undefined {
  let open = false;
  const target: number[] = [];
  for (const [i, d] of shape.entries()) {
    if (typeof d === "number" && d !== 0) target.push(d);
    else if (d === from[i]) target.push(0);
    else if (open || d === 0) return undefined;
    else {
      open = true;
      target.push(-1);
    }
  }
  return target;
}

/** `x` in another shape of the same size: that of `like`, whose lengths are read at run time where they must be. */
export function reshapeTo(g: Builder, x: Value, shape: Shape, like?: Value): Value {
  if (x.rank === shape.length && x.shape.every((d, i) => d === shape[i])) return x;
  const target = constantTarget(x.shape, shape);
  if (target !== undefined) return g.Reshape(x, g.i64(target));
  if (dim.isStatic(shape)) return g.Reshape(x, g.i64(shape), { allowzero: 1 });
  if (like !== undefined) return g.Reshape(x, g.Shape(like), { allowzero: 1 });
  return fail("shape_symbolic", {
    expected: "at most one length that is not static",
    received: dim.format(shape),
  });
}

/** The shape of a value as an int64 vector: a constant where it is static. */
export function shapeOf(g: Builder, x: Value): Value {
  return dim.isStatic(x.shape) ? g.i64(x.shape) : g.Shape(x);
}

/** A tensor of one value with the shape of `x`. */
export function filledLike(g: Builder, x: Value, value = 0): Value {
  return g.ConstantOfShape(shapeOf(g, x), { value: tensor(x.dtype, [1], [value]) });
}

/** The permutation that undoes `perm`. */
export function inversePermutation(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length);
  perm.forEach((from, to) => {
    inverse[from] = to;
  });
  return inverse;
}

/** `x` with one axis moved to the front (and the permutation that moves it back). */
export function axisToFront(g: Builder, x: Value, axis: number): { moved: Value; back: number[] } {
  const perm = [axis, ...x.shape.map((_, i) => i).filter((i) => i !== axis)];
  return { moved: axis === 0 ? x : g.Transpose(x, { perm }), back: inversePermutation(perm) };
}

/** Zeros before and after along one axis (or, where a count is negative, slices dropped). */
export function padAxis(g: Builder, x: Value, axis: number, before: number, after: number): Value {
  if (before === 0 && after === 0) return x;
  const pads = new Array<number>(2 * x.rank).fill(0);
  pads[axis] = before;
  pads[x.rank + axis] = after;
  return g.Pad(x, g.i64(pads));
}
