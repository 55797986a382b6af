import { dim, fail } from "../../base/index.js";
import { type DType, ONNX_DTYPE, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { filledLike } from "../tensor/rules.js";

/** One place that all points read along one axis; every value is [N, groups, points]. */
export interface Tap {
  /** Float, whole and within the image. */
  readonly index: Value;
  /** 1 where it counts, 0 where not; undefined where all do. */
  readonly valid: Value | undefined;
  readonly weight: Value;
  /** Derivative of the weight by the place. */
  readonly slope: Value;
}

/**
 * An image read between its elements. Every value read is a sum of products, an element times one weight an axis; so
 * the image's gradient is the gradient of what was read times those weights, put back, and a place's gradient is it
 * times the elements and the derivative of the weight. All readings go into one gather, or one scatter.
 */
export interface Reading {
  /** [N, C, elements]. */
  readonly image: Value;
  /** Where the elements stand, int64 [N, C, taps * points]. */
  readonly index: Value;
  /** Product of the weights of all axes, [N, groups, 1, taps, points]. */
  readonly weights: Value;
  /** The same with the slope of one axis for its weight, an entry an axis. */
  readonly slopes: readonly (() => Value)[];
  readonly groups: number;
  readonly channels: number;
  readonly taps: number;
}

/**
 * A reading of `image` [N, C, elements] at the taps of every axis, whose lengths are `lengths` (int64 scalars). The
 * channels fall into as many equal groups as the taps have; `first` (int64, [N, groups, points]) is added to every
 * index.
 */
export function reading(
  g: Builder,
  image: Value,
  lengths: readonly Value[],
  along: readonly (readonly Tap[])[],
  first?: Value,
): Reading {
  const channels = image.shape[1];
  const groups = along[0]?.[0]?.index.shape[1];
  if (typeof channels !== "number" || typeof groups !== "number") {
    return fail("reading_symbolic", {
      expected: "a static number of channels",
      received: dim.format(image.shape),
      hint: "lengths of images may be open, channels may not: give them as a number",
    });
  }
  // All combinations of taps, one from each axis.
  const choices = along.reduce<Tap[][]>(
    (all, taps) => all.flatMap((one) => taps.map((tap) => [...one, tap])),
    [[]],
  );
  const whole = new Map<Tap, Value>();
  const indexOf = (tap: Tap): Value => {
    const known = whole.get(tap) ?? g.Cast(tap.index, { to: 7 });
    whole.set(tap, known);
    return known;
  };
  // Row-major, in integers: float32 cannot count the elements of large images.
  const places = choices.map((taps) => {
    const [head, ...rest] = taps.map(indexOf);
    if (head === undefined) return g.i64(0);
    const at = rest.reduce((sum, next, i) => g.Add(g.Mul(sum, lengths[i + 1] ?? g.i64(1)), next), head);
    return first === undefined ? at : g.Add(at, first);
  });
  const stack = (list: readonly Value[]) =>
    g.Concat(
      list.map((v) => g.Unsqueeze(v, g.i64([2]))),
      { axis: 2 },
    );
  const product = (list: readonly Value[]) => list.reduce((a, b) => g.Mul(a, b));
  const weighted = (steep?: number) =>
    g.Unsqueeze(
      stack(
        choices.map((taps) =>
          product([
            ...taps.map((tap, axis) => (axis === steep ? tap.slope : tap.weight)),
            ...taps.flatMap(({ valid }) => valid ?? []),
          ]),
        ),
      ),
      g.i64([2]),
    );
  const each = g.Unsqueeze(stack(places), g.i64([2]));
  const every = g.Expand(each, g.i64([1, 1, channels / groups, 1, 1]));
  return {
    image,
    index: g.Reshape(every, g.i64([0, channels, -1])),
    weights: weighted(),
    slopes: along.map((_, axis) => () => weighted(axis)),
    groups,
    channels,
    taps: choices.length,
  };
}

/** The elements that are read: [N, groups, C / groups, taps, points]. */
export function elementsRead(g: Builder, r: Reading): Value {
  const found = g.GatherElements(r.image, r.index, { axis: 2 });
  return g.Reshape(found, g.i64([0, r.groups, r.channels / r.groups, r.taps, -1]));
}

/** What is read: [N, groups, C / groups, points]. */
export function valuesRead(g: Builder, r: Reading, elements = elementsRead(g, r)): Value {
  return g.ReduceSum(g.Mul(elements, r.weights), g.i64([3]), { keepdims: 0 });
}

/** Gradient of the image, from that of what was read, [N, groups, C / groups, 1, points] (or one a tap there). */
export function imageGradient(g: Builder, r: Reading, d: Value): Value {
  const shares = g.Reshape(g.Mul(d, r.weights), g.i64([0, r.channels, -1]));
  return g.ScatterElements(filledLike(g, r.image), r.index, shares, { axis: 2, reduction: "add" });
}

/** Gradients of the places, [N, groups, points] an axis, from the same. */
export function placeGradients(g: Builder, r: Reading, d: Value, elements = elementsRead(g, r)): Value[] {
  const each = g.ReduceSum(g.Mul(d, elements), g.i64([2]), { keepdims: 1 });
  return r.slopes.map((slope) => g.ReduceSum(g.Mul(each, slope()), g.i64([2, 3]), { keepdims: 0 }));
}

/** The two taps of linear reading at places of an axis; outside of the image, whose last place is given, are zeros. */
export function linearTaps(g: Builder, place: Value, last: Value): Tap[] {
  const one = g.scalar(1, place.dtype);
  const floor = g.Floor(place);
  const t = g.Sub(place, floor);
  const steep = filledLike(g, place, 1);
  return [
    { ...within(g, floor, last), weight: g.Sub(one, t), slope: g.Neg(steep) },
    { ...within(g, g.Add(floor, one), last), weight: t, slope: steep },
  ];
}

/** Whole places as places within the image, and which were inside. */
function within(g: Builder, index: Value, last: Value): Pick<Tap, "index" | "valid"> {
  const zero = g.scalar(0, index.dtype);
  const inside = g.And(g.GreaterOrEqual(index, zero), g.LessOrEqual(index, last));
  return { index: g.Clip(index, zero, last), valid: g.Cast(inside, { to: ONNX_DTYPE[index.dtype] }) };
}

/** A float or integer value in a float type. */
export function floatValue(g: Builder, x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : g.Cast(x, { to: ONNX_DTYPE[dtype] });
}

/** The length of an axis as an int64 scalar. */
export function lengthValue(g: Builder, x: Value, axis: number): Value {
  const d = x.shape[axis];
  if (typeof d === "number") return g.i64(d);
  return g.Squeeze(g.Shape(x, { start: axis, end: axis + 1 }), g.i64([0]));
}
