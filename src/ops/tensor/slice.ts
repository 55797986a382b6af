import { type Dim, dim, isIssue, issue } from "../../base/index.js";
import { numbersOf, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { spread } from "./gather.js";
import { axesOf, axisToFront, integersOf, lengthOf, padAxis, remap, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Part of `x`: for each of `axes` (default all) from `starts` to `ends` (exclusive) by `steps`. */
    Slice(x: Value, starts: Value, ends: Value, axes?: Value, steps?: Value): Value;
  }
}

/**
 * A part of each axis. Where an axis has a symbolic length, bounds that count from its ends are taken to lie
 * inside it; a bound that may be cut at the length gives a length that only the run decides.
 */
export const Slice = defineOp({
  type: "Slice",
  since: 10,
  doc: "Part of each axis from start to end by step; negative bounds count from the end.",
  inputs: ["x", "starts", "ends", "axes?", "steps?"],
  outputs: ["y"],
  infer({ x, starts, ends, axes, steps }) {
    const from = lengthsIn(starts);
    const to = lengthsIn(ends);
    const count = from?.length ?? to?.length ?? lengthOf(starts) ?? x.shape.length;
    const by = steps === undefined ? new Array<number>(count).fill(1) : integersOf(steps);
    const named = axes === undefined ? Array.from({ length: count }, (_, i) => i) : integersOf(axes);
    if (named === undefined) return { y: { dtype: x.dtype, shape: unknownShape(x.shape.length) } };
    const at = axesOf(named, x.shape.length);
    if (isIssue(at)) return at;
    if (by?.some((step) => step === 0)) return issue("slice_step", { expected: "steps other than 0" });
    const shape = [...x.shape];
    at.forEach((axis, i) => {
      const [start, end, step] = [from?.[i], to?.[i], by?.[i]];
      shape[axis] =
        start === undefined || end === undefined || step === undefined
          ? dim.unknown()
          : partLength(shape[axis] ?? 1, start, end, step);
    });
    return { y: { dtype: x.dtype, shape } };
  },
  contents({ x, starts, ends, axes, steps }) {
    const lengths = x.shape.length === 1 ? lengthsIn(x) : undefined;
    const [from] = integersOf(starts) ?? [];
    const [to] = integersOf(ends) ?? [];
    const [by] = steps === undefined ? [1] : (integersOf(steps) ?? []);
    if (lengths === undefined || from === undefined || to === undefined || !by) return {};
    if (axes !== undefined && integersOf(axes) === undefined) return {};
    const part = range(lengths.length, from, to, by);
    return { y: Array.from({ length: part.length }, (_, i) => lengths[part.start + i * by] ?? 0) };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, starts, ends, axes, steps }) {
    const first = x.dims.map(() => 0);
    const stride = x.dims.map(() => 1);
    const dims = [...x.dims];
    starts.data.forEach((start, i) => {
      const named = axes?.data[i] ?? i;
      const axis = named < 0 ? named + x.dims.length : named;
      const part = range(x.dims[axis] ?? 1, start, ends.data[i] ?? 0, steps?.data[i] ?? 1);
      first[axis] = part.start;
      stride[axis] = part.step;
      dims[axis] = part.length;
    });
    return {
      y: remap(x, dims, (index) => index.map((at, i) => (first[i] ?? 0) + at * (stride[i] ?? 1))),
    };
  },
  grad(g, { x, starts, ends, axes, steps }, { y: dy }) {
    if (dy === undefined) return {};
    const from = listed(starts);
    const to = listed(ends);
    const by = listed(steps);
    const count = from?.length ?? (starts.shape[0] as number);
    const named = axes === undefined ? Array.from({ length: count }, (_, i) => i) : listed(axes);
    const at = named && axesOf(named, x.rank);
    if (at === undefined || isIssue(at)) {
      return {
        x: backAlong(
          g,
          dy,
          x,
          x.shape.map((_, i) => i),
          (axis) => whole(g, x, axis, { starts, ends, axes, steps }),
        ),
      };
    }
    let d = dy;
    at.forEach((axis, i) => {
      const pick = (v: Value | undefined) => v && g.Slice(v, g.i64([i]), g.i64([i + 1]));
      const [start, end, step] = [from?.[i], to?.[i], steps === undefined ? 1 : by?.[i]];
      const known =
        start === undefined || end === undefined || step === undefined
          ? undefined
          : alongKnown(g, d, x.shape[axis] ?? 1, axis, start, end, step);
      d =
        known ??
        backAlong(g, d, x, [axis], () =>
          g.Slice(counting(g, x, axis), pick(starts) ?? starts, pick(ends) ?? ends, g.i64([0]), pick(steps)),
        );
    });
    return { x: d };
  },
  samples: [
    sample([4, 5], [1, 0], [3, 4]),
    sample([4, 5], [-3], [2147483647], [1]),
    sample([2, 7], [1], [7], [1], [2]),
    sample([5, 3], [-1], [-2147483648], [0], [-1]),
    sample([7, 4], [5, 3], [0, -5], [0, 1], [-2, -1]),
    sample([4, 3], [3], [1], [0]),
    sample([4, 6], [1, 2], [3, 100], [0, 1], [1, 3], true),
  ],
});

function sample(
  dims: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  axes?: readonly number[],
  steps?: readonly number[],
  feed = false,
) {
  const vector = (values: readonly number[]) => ({
    dims: [values.length],
    dtype: "int64" as const,
    values,
    feed,
  });
  return {
    inputs: {
      x: dims,
      starts: vector(starts),
      ends: vector(ends),
      ...(axes && { axes: vector(axes) }),
      ...(steps && { steps: vector(steps) }),
    },
  };
}

function listed(value: Value | undefined): number[] | undefined {
  return value?.data === undefined ? undefined : numbersOf(value.data);
}

/** Start, step and count of a slice of an axis of known length. */
function range(length: number, start: number, end: number, step: number) {
  const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));
  const from = start < 0 ? start + length : start;
  const to = end < 0 ? end + length : end;
  const first = step > 0 ? clamp(from, 0, length) : clamp(from, 0, length - 1);
  const last = step > 0 ? clamp(to, 0, length) : clamp(to, -1, length - 1);
  return { start: first, step, length: Math.max(0, Math.ceil((last - first) / step)) };
}

/** Bounds at or beyond this mean "to the end". */
const FAR = 2 ** 31 - 1;

/** Length of the part, from bounds that may be lengths themselves. */
function partLength(length: Dim, start: Dim, end: Dim, step: number): Dim {
  if (typeof start === "string" || typeof end === "string") return partOf(length, start, end, step);
  if (typeof length === "number") return range(length, start, end, step).length;
  const place = (bound: number): Dim | undefined =>
    bound >= FAR ? length : bound < 0 ? dim.add(length, bound) : bound;
  if (step > 0) {
    if (end >= 0 && end < FAR && start >= 0) return dim.unknown();
    if (start < 0 && end >= 0 && end < FAR) return dim.unknown();
    return dim.ceilDiv(dim.sub(place(end) ?? 0, place(start) ?? 0), step);
  }
  const first = start >= FAR ? dim.sub(length, 1) : place(start);
  const last = end <= -FAR ? -1 : place(end);
  if (start >= 0 && start < FAR) return dim.unknown();
  return dim.ceilDiv(dim.sub(first ?? 0, last ?? 0), -step);
}

/** The same where a bound is a symbol: what can be told when both bounds surely lie inside. */
function partOf(length: Dim, start: Dim, end: Dim, step: number): Dim {
  const last = typeof end === "number" && end >= FAR ? length : end;
  const [room, extent] = [dim.sub(length, last), dim.sub(last, start)];
  const inside =
    typeof room === "number" &&
    room >= 0 &&
    (typeof start === "string" ? typeof extent === "number" : start >= 0);
  if (step < 1 || !inside || (typeof extent === "number" && extent < 0)) return dim.unknown();
  return dim.ceilDiv(extent, step);
}

/** Gradient along one axis with constant bounds; undefined where the places are known at run time only. */
function alongKnown(
  g: Builder,
  d: Value,
  length: Dim,
  axis: number,
  start: number,
  end: number,
  step: number,
): Value | undefined {
  if (typeof length === "number") {
    const part = range(length, start, end, step);
    if (part.length === 0) return undefined;
    const rows = Array.from({ length: part.length }, (_, i) => part.start + i * step);
    return spread(g, d, rows, length, axis);
  }
  if (step === 1 && start >= 0 && end >= FAR) return padAxis(g, d, axis, start, 0);
  if (step === 1 && start >= 0 && end < 0) return padAxis(g, d, axis, start, -end);
  return undefined;
}

/** 0, 1, ... along an axis of `x`. */
function counting(g: Builder, x: Value, axis: number): Value {
  const length = g.Squeeze(g.Shape(x, { start: axis, end: axis + 1 }), g.i64([0]));
  return g.Range(g.i64(0), length, g.i64(1));
}

/** The places that a slice keeps of one axis, where even `axes` is an input. */
function whole(
  g: Builder,
  x: Value,
  axis: number,
  slice: { starts: Value; ends: Value; axes?: Value; steps?: Value },
): Value {
  const shape = new Array<number>(x.rank).fill(1);
  shape[axis] = -1;
  const places = g.Expand(g.Reshape(counting(g, x, axis), g.i64(shape)), g.Shape(x));
  const kept = g.Slice(places, slice.starts, slice.ends, slice.axes, slice.steps);
  // The same along every other axis: read the first of each.
  const others = shape.flatMap((_, i) => (i === axis ? [] : [i]));
  return others.length === 0
    ? kept
    : g.Reshape(g.ReduceMax(kept, g.i64(others), { keepdims: 0 }), g.i64([-1]));
}

/** Put the slices of `d` back to their places along each axis; `places` gives those as a vector. */
function backAlong(
  g: Builder,
  d: Value,
  x: Value,
  axes: readonly number[],
  places: (axis: number) => Value,
): Value {
  for (const axis of axes) {
    const { moved, back } = axisToFront(g, d, axis);
    const shape = g.Concat([g.Shape(x, { start: axis, end: axis + 1 }), g.Shape(moved, { start: 1 })], {
      axis: 0,
    });
    const zeros = g.ConstantOfShape(shape, { value: tensor(x.dtype, [1], [0]) });
    const put = g.ScatterND(zeros, g.Unsqueeze(places(axis), g.i64([-1])), moved);
    d = axis === 0 ? put : g.Transpose(put, { perm: back });
  }
  return d;
}
