import { dim, fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import {
  elementsRead,
  floatValue,
  imageGradient,
  lengthValue,
  placeGradients,
  reading,
  type Tap,
} from "./reading.js";

interface Attributes {
  readonly coordinate_transformation_mode: string;
  readonly mode: string;
  readonly output_height: number;
  readonly output_width: number;
  readonly sampling_ratio: number;
  readonly spatial_scale: number;
}

/** Points along one axis; every value broadcasts to [regions, rows, columns, points down, points across]. */
interface Points {
  readonly place: Value;
  /** Where a point stands in its region, from 0 to 1. */
  readonly share: Value;
  /** 1 where the region's length has an influence, 0 where it is held at its least; undefined where always 1. */
  readonly free: Value | undefined;
  /** Points a bin, [regions, 1, 1, 1, 1], or one number for all. */
  readonly count: Value;
  /** Which points a region really has, where their number differs. */
  readonly real: Value | undefined;
  /** Number of points that are computed, int64 [1]. */
  readonly most: Value;
}

/** Gradients of RoiAlign: of the image, where every point read it, and of the regions' corners, by the points' places. */
export function roiAlignGrad(
  g: Builder,
  {
    x,
    rois,
    images,
    dy,
  }: { readonly x: Value; readonly rois: Value; readonly images: Value; readonly dy: Value },
  attrs: Attributes,
  needs: (input: "x" | "rois") => boolean,
): { x?: Value; rois?: Value } {
  const channels = x.shape[1];
  if (typeof channels !== "number") {
    return fail("roi_symbolic", {
      expected: "a static number of channels to differentiate RoiAlign",
      received: dim.format(x.shape),
      hint: "lengths of images may be open, channels may not: give them as a number",
    });
  }
  const { output_height: rows, output_width: columns } = attrs;
  const down = pointsAlong(g, rois, 1, rows, attrs);
  const across = pointsAlong(g, rois, 0, columns, attrs);
  const regions = g.Shape(rois, { start: 0, end: 1 });
  const full = g.Concat([regions, g.i64([rows, columns]), down.most, across.most], { axis: 0 });
  const flat = (v: Value) => g.Reshape(g.Expand(v, full), g.i64([1, 1, -1]));
  const lengths = [2, 3].map((axis) => lengthValue(g, x, axis));
  const along = [down, across].map(({ place, real }, axis) =>
    edgeTaps(g, flat(place), lengths[axis] ?? g.i64(1), real && flat(real)),
  );
  // All images in one row: regions say by number where theirs begins.
  const image = g.Reshape(g.Transpose(x, { perm: [1, 0, 2, 3] }), g.i64([1, channels, -1]));
  const first = g.Mul(
    g.Cast(images, { to: 7 }),
    lengths.reduce((a, b) => g.Mul(a, b)),
  );
  const read = reading(g, image, lengths, along, flat(g.Unsqueeze(first, g.i64([1, 2, 3, 4]))));
  const elements = elementsRead(g, read);

  // [C, regions, rows, columns] and then a column for the points.
  const perBin = g.Reshape(g.Transpose(dy, { perm: [1, 0, 2, 3] }), g.i64([channels, 1, -1, 1]));
  const points = g.Mul(down.most, across.most);
  const real = [down.real, across.real]
    .filter((v) => v !== undefined)
    .reduce<Value | undefined>((a, b) => (a ? g.Mul(a, b) : b), undefined);
  const d = attrs.mode === "avg" ? meanGradient() : maxGradient();
  const result: { x?: Value; rois?: Value } = {};
  if (needs("x")) {
    const whole = g.Reshape(imageGradient(g, read, d), openShape());
    result.x = g.Transpose(whole, { perm: [1, 0, 2, 3] });
  }
  if (needs("rois")) {
    const [rowGrad, columnGrad] = placeGradients(g, read, d, elements).map((v) => g.Reshape(v, full));
    if (rowGrad === undefined || columnGrad === undefined) return result;
    const [y1, y2] = cornerGradients(g, rowGrad, down, attrs.spatial_scale);
    const [x1, x2] = cornerGradients(g, columnGrad, across, attrs.spatial_scale);
    result.rois = g.Concat([x1, y1, x2, y2], { axis: 1 });
  }
  return result;

  function openShape(): Value {
    const [n = 1, , ...spatial] = x.shape;
    if ([n, ...spatial].every((v) => typeof v === "number"))
      return g.i64([channels as number, n, ...spatial].map(Number));
    const part = (axis: number) => g.Shape(x, { start: axis, end: axis + 1 });
    return g.Concat([part(1), part(0), part(2), part(3)], { axis: 0 });
  }

  /** Every point of a bin has an equal share. */
  function meanGradient(): Value {
    const count = g.Max([g.Mul(down.count, across.count), g.scalar(1, x.dtype)]);
    const scale = flat(g.Div(g.scalar(1, x.dtype), count));
    const spread = g.Expand(perBin, g.Concat([g.i64([1, 1, 1]), points], { axis: 0 }));
    return g.Mul(g.Reshape(spread, g.i64([1, 1, channels as number, 1, -1])), scale);
  }

  /** The largest weighted corners of a bin share its gradient. */
  function maxGradient(): Value {
    const byBin = g.Concat([g.i64([channels as number, read.taps, -1]), points], { axis: 0 });
    let each = g.Reshape(g.Mul(elements, read.weights), byBin);
    if (real !== undefined) {
      const counted = g.Reshape(g.Expand(real, full), g.Concat([g.i64([1, 1, -1]), points], { axis: 0 }));
      const least = g.scalar(Number.NEGATIVE_INFINITY, x.dtype);
      each = g.Where(g.Greater(counted, g.scalar(0, x.dtype)), each, least);
    }
    const top = g.ReduceMax(each, g.i64([1, 3]), { keepdims: 1 });
    const hit = floatValue(g, g.Equal(each, top), x.dtype);
    const share = g.Div(perBin, g.ReduceSum(hit, g.i64([1, 3]), { keepdims: 1 }));
    return g.Reshape(g.Mul(hit, share), g.i64([1, 1, channels as number, read.taps, -1]));
  }
}

/** The points of all bins along one axis of the image, 0 across and 1 down. */
function pointsAlong(g: Builder, rois: Value, axis: 0 | 1, bins: number, attrs: Attributes): Points {
  const { dtype } = rois;
  const scalar = (v: number) => g.scalar(v, dtype);
  const half = attrs.coordinate_transformation_mode === "half_pixel";
  const corner = (column: number) => {
    const scaled = g.Mul(g.Gather(rois, g.i64(column), { axis: 1 }), scalar(attrs.spatial_scale));
    return g.Unsqueeze(half ? g.Sub(scaled, scalar(0.5)) : scaled, g.i64([1, 2, 3, 4]));
  };
  const [low, high] = [corner(axis), corner(axis + 2)];
  const real = g.Sub(high, low);
  const length = half ? real : g.Max([real, scalar(1)]);
  const free = half ? undefined : floatValue(g, g.Greater(real, scalar(1)), dtype);
  const ratio = attrs.sampling_ratio;
  const adaptive = g.Max([g.Ceil(g.Div(length, scalar(bins))), scalar(0)]);
  const most =
    ratio > 0
      ? g.i64([ratio])
      : g.Reshape(g.Cast(g.ReduceMax(adaptive, undefined, { keepdims: 0 }), { to: 7 }), g.i64([1]));
  const count = ratio > 0 ? scalar(ratio) : adaptive;
  const steps = floatValue(g, g.Range(g.i64(0), g.Squeeze(most, g.i64([0])), g.i64(1)), dtype);
  const point = g.Unsqueeze(steps, g.i64(axis === 1 ? [0, 1, 2, 4] : [0, 1, 2, 3]));
  const numbers = floatValue(g, g.Range(g.i64(0), g.i64(bins), g.i64(1)), dtype);
  const bin = g.Unsqueeze(numbers, g.i64(axis === 1 ? [0, 2, 3, 4] : [0, 1, 3, 4]));
  const within = g.Div(g.Add(point, scalar(0.5)), g.Max([count, scalar(1)]));
  const share = g.Div(g.Add(bin, within), scalar(bins));
  return {
    place: g.Add(low, g.Mul(share, length)),
    share,
    free,
    count,
    real: ratio > 0 ? undefined : floatValue(g, g.Less(point, count), dtype),
    most,
  };
}

/** Gradients [regions, 1] of the lower and the upper corner, from those of the places. */
function cornerGradients(g: Builder, d: Value, { share, free }: Points, scale: number): [Value, Value] {
  const upper = free === undefined ? share : g.Mul(share, free);
  const sum = (v: Value) =>
    g.Mul(
      g.Unsqueeze(g.ReduceSum(v, g.i64([1, 2, 3, 4]), { keepdims: 0 }), g.i64([1])),
      g.scalar(scale, d.dtype),
    );
  return [sum(g.Mul(d, g.Sub(g.scalar(1, d.dtype), upper))), sum(g.Mul(d, upper))];
}

/** Taps where the image's last elements go on for one element beyond its edge, and zeros follow. */
function edgeTaps(g: Builder, place: Value, length: Value, real: Value | undefined): Tap[] {
  const { dtype } = place;
  const scalar = (v: number) => g.scalar(v, dtype);
  const size = floatValue(g, length, dtype);
  const last = g.Sub(size, scalar(1));
  const inside = floatValue(g, g.And(g.GreaterOrEqual(place, scalar(-1)), g.LessOrEqual(place, size)), dtype);
  const valid = real === undefined ? inside : g.Mul(inside, real);
  const held = g.Clip(place, scalar(0), last);
  const low = g.Floor(held);
  const share = g.Sub(held, low);
  const moves = floatValue(g, g.And(g.Greater(place, scalar(0)), g.Less(place, last)), dtype);
  return [
    { index: low, valid, weight: g.Sub(scalar(1), share), slope: g.Neg(moves) },
    { index: g.Min([g.Add(low, scalar(1)), last]), valid, weight: share, slope: moves },
  ];
}
