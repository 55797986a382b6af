import { type Dim, dim, type Issue, isIssue, type Shape } from "../base/index.js";
import { isInteger, numbersOf, ONNX_DTYPE, type Value } from "../ir/index.js";
import { attr } from "./attributes.js";
import type { Builder } from "./builder.js";
import { type Arg, defineOp, type OpDefinition, type Sample, type SampleInput } from "./define.js";
import { wrapInteger } from "./integers.js";
import { eachIndex, type RefTensor, ref, stridesOf } from "./reference.js";
import { axesOf, integersOf, lengthOf, listOf, shapeOf, unknownRank, unknownShape } from "./tensor/rules.js";

/** Attributes of the reductions as callers write them; axes are an input. */
export interface ReduceAttributes {
  /** Whether reduced axes stay, with length 1. Default 1. */
  readonly keepdims?: 0 | 1;
  /** Whether no axes (or an empty list) means none of them rather than all. Default 0. */
  readonly noop_with_empty_axes?: 0 | 1;
}

/** What the derivative of a reduction is made of: `y` and `dy` have length 1 along the reduced axes. */
export interface ReductionGrad {
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
  /** `v` at the full shape of x. */
  readonly full: (v: Value) => Value;
  /** Another reduction over the same axes, which stay with length 1. */
  readonly reduce: (type: "ReduceSum" | "ReduceProd", v: Value) => Value;
  /** How many elements went into one, as a scalar. */
  readonly count: () => Value;
  readonly scalar: (value: number) => Value;
}

export interface ReductionSpec {
  readonly type: string;
  readonly since: number;
  readonly doc: string;
  /** One number from a group of them. */
  readonly f: (group: readonly number[]) => number;
  readonly grad: (g: Builder, v: ReductionGrad) => Value;
  readonly samples: readonly Sample[];
}

/** A reduction over some axes, or all. Files before opset 18 may hold the axes as an attribute. */
export function reduction(spec: ReductionSpec): OpDefinition {
  return defineOp({
    type: spec.type,
    since: spec.since,
    doc: spec.doc,
    inputs: ["data", "axes?"],
    outputs: ["reduced"],
    attributes: { axes: attr.ints(), keepdims: attr.int(1), noop_with_empty_axes: attr.int(0) },
    infer({ data, axes }, attrs) {
      const shape = reducedShape(data, axes, attrs);
      return isIssue(shape) ? shape : { reduced: { dtype: data.dtype, shape } };
    },
    cost: ({ data }) => ({ flops: dim.size(data.shape) }),
    evaluate({ data, axes }, attrs) {
      const list = pickAxes(data.dims.length, listOf(axes) ?? attrs.axes, attrs.noop_with_empty_axes);
      const { dims, groups } = groupsAlong(data, isIssue(list) ? [] : list);
      const whole = isInteger(data.dtype);
      const values = groups.map((group) => spec.f(group));
      const out = whole ? values.map((v) => wrapInteger(data.dtype, Math.trunc(v))) : values;
      const reduced = new Set(isIssue(list) ? [] : list);
      const kept = attrs.keepdims === 0 ? dims.filter((_, i) => !reduced.has(i)) : dims;
      return { reduced: ref(data.dtype, kept, Float64Array.from(out)) };
    },
    grad(g, { data: x, axes }, { reduced: dy }, { attrs, outputs: { reduced: y } }) {
      if (dy === undefined) return {};
      const { keepdims, noop_with_empty_axes } = attrs;
      const list = axes ?? (attrs.axes === undefined ? undefined : g.i64(attrs.axes));
      const given = list?.data === undefined ? undefined : numbersOf(list.data);
      const restore = (v: Value) =>
        keepdims !== 0 || list === undefined || given?.length === 0 ? v : g.Unsqueeze(v, list);
      const scalar = (value: number) => g.scalar(value, x.dtype);
      const count = () => {
        const axesKnown =
          list !== undefined && given === undefined
            ? undefined
            : pickAxes(x.rank, given, noop_with_empty_axes);
        const size =
          axesKnown === undefined || isIssue(axesKnown)
            ? undefined
            : dim.mul(...axesKnown.map((i) => x.shape[i] ?? 1));
        if (typeof size === "number") return scalar(size);
        return g.Cast(g.Div(g.Size(x), g.Size(y)), { to: ONNX_DTYPE[x.dtype] });
      };
      const data = spec.grad(g, {
        x,
        y: restore(y),
        dy: restore(dy),
        full: (v) => g.Expand(v, shapeOf(g, x)),
        reduce: (type, v) =>
          g[type](v, list, { keepdims: 1, noop_with_empty_axes: noop_with_empty_axes === 0 ? 0 : 1 }),
        count,
        scalar,
      });
      return { data };
    },
    samples: spec.samples,
  });
}

/** The axes that are reduced, as non-negative numbers: all of them where none are named and that is not a no-op. */
function pickAxes(rank: number, axes: readonly number[] | undefined, noop: number): number[] | Issue {
  if (axes !== undefined && axes.length > 0) return axesOf(axes, rank);
  return noop === 0 ? Array.from({ length: rank }, (_, i) => i) : [];
}

function reducedShape(
  data: Arg,
  axes: Arg | undefined,
  attrs: { axes: readonly number[] | undefined; keepdims: number; noop_with_empty_axes: number },
): Shape | Issue {
  const given = axes === undefined ? attrs.axes : integersOf(axes);
  const rank = data.shape.length;
  if (axes !== undefined && given === undefined) {
    const length = lengthOf(axes);
    if (attrs.keepdims !== 0) return unknownShape(rank);
    if (length === undefined) return unknownRank("axes");
    if (length > 0) return unknownShape(Math.max(0, rank - length));
  }
  const list = pickAxes(rank, given, attrs.noop_with_empty_axes);
  if (isIssue(list)) return list;
  return dropAxes(data.shape, list, attrs.keepdims);
}

/** A shape without some axes, or with length 1 along them. */
export function dropAxes(shape: Shape, axes: readonly number[], keepdims: number): Dim[] {
  return keepdims === 0
    ? shape.filter((_, i) => !axes.includes(i))
    : shape.map((d, i) => (axes.includes(i) ? 1 : d));
}

/** The elements along some axes, gathered for every place of the others; `dims` has length 1 along them. */
export function groupsAlong(
  x: RefTensor,
  axes: readonly number[],
): { readonly dims: number[]; readonly groups: number[][] } {
  const dims = x.dims.map((d, i) => (axes.includes(i) ? 1 : d));
  const strides = stridesOf(dims).map((s, i) => (axes.includes(i) ? 0 : s));
  const groups = Array.from({ length: dims.reduce((size, d) => size * d, 1) }, (): number[] => []);
  eachIndex(x.dims, (index, flat) => {
    let at = 0;
    for (let i = 0; i < strides.length; i++) at += (index[i] ?? 0) * (strides[i] ?? 0);
    groups[at]?.push(x.data[flat] ?? 0);
  });
  return { dims, groups };
}

/** Samples of a reduction, with elements in a range where the function needs one. */
export function reductionSamples(
  range: { readonly low?: number; readonly high?: number } = {},
  more: readonly Sample[] = [],
): readonly Sample[] {
  const x = (...dims: number[]): SampleInput => ({ dims, ...range });
  const axes = (...values: number[]): SampleInput => ({ dims: [values.length], dtype: "int64", values });
  return [
    { inputs: { data: x(2, 3, 4), axes: axes(1) } },
    { inputs: { data: x(2, 3, 4), axes: axes(-1) }, attrs: { keepdims: 0 } },
    { inputs: { data: x(2, 3, 4), axes: axes(2, 0) }, attrs: { keepdims: 0 } },
    { inputs: { data: x(2, 3, 2, 2), axes: axes(2, -1) } },
    { inputs: { data: x(2, 3) } },
    { inputs: { data: x(2, 3) }, attrs: { keepdims: 0 } },
    { inputs: { data: x(2, 3), axes: axes() } },
    { inputs: { data: x(2, 3), axes: axes() }, attrs: { noop_with_empty_axes: 1 } },
    { inputs: { data: x(2, 3) }, attrs: { noop_with_empty_axes: 1, keepdims: 0 } },
    { inputs: { data: x(2, 3, 2), axes: { dims: [1], dtype: "int64", values: [1], feed: true } } },
    {
      inputs: { data: x(2, 3, 2), axes: { dims: [2], dtype: "int64", values: [0, 1], feed: true } },
      attrs: { keepdims: 0 },
    },
    { inputs: { data: x() } },
    ...more,
  ];
}

/** Samples of integers, for the reductions that take them. */
export const WHOLE: readonly Sample[] = (["int32", "int64"] as const).map((dtype) => ({
  inputs: {
    data: { dims: [2, 3, 4], dtype, low: -9, high: 9 },
    axes: { dims: [1], dtype: "int64", values: [1] },
  },
}));
