import { dim, fail } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { filledLike, reshapeTo } from "../tensor/rules.js";
import { CUBIC, type GridRule } from "./grid-points.js";

/** One place that all samples read along one axis: [N, places] each. */
interface Tap {
  /** float, within the image. */
  readonly index: Value;
  /** 1 inside of the image, 0 outside; undefined where all are inside. */
  readonly valid: Value | undefined;
  readonly weight: Value;
  /** Derivative of the weight by the coordinate. */
  readonly slope: Value;
}

/**
 * Gradients of a reading between elements. Every sample is a sum of products, an element times one weight an axis;
 * the image gets dy times the weights where it was read, the coordinates get dy times the element times the
 * derivative of their weight. All readings go into one gather, or one scatter.
 */
export function gridSampleGrad(
  g: Builder,
  { x, grid, dy, rule }: { x: Value; grid: Value; dy: Value; rule: GridRule },
  needs: (input: "x" | "grid") => boolean,
): { x?: Value; grid?: Value } {
  const spatial = x.shape.slice(2);
  const channels = x.shape[1];
  if (!dim.isStatic(spatial) || typeof channels !== "number") {
    return fail("grid_symbolic", {
      expected: "static channels and spatial lengths to differentiate GridSample",
      received: dim.format(x.shape),
      hint: "build the network for one image size",
    });
  }
  const axes = spatial.length;
  const scalar = (v: number) => g.scalar(v, x.dtype);
  const points = g.Reshape(grid, g.i64([0, -1, axes]));
  const along = spatial.map((length, axis) => {
    const at = axes - 1 - axis;
    const coordinate = g.Squeeze(g.Slice(points, g.i64([at]), g.i64([at + 1]), g.i64([2])), g.i64([2]));
    return tapsAlong(g, coordinate, Number(length), rule);
  });
  // All combinations of taps, one from each axis.
  const choices = along.reduce<Tap[][]>(
    (all, taps) => all.flatMap((one) => taps.map((t) => [...one, t])),
    [[]],
  );
  const product = (list: readonly Value[]) => list.reduce((a, b) => g.Mul(a, b));
  const flatIndex = (taps: readonly Tap[]) =>
    taps
      .slice(1)
      .reduce(
        (at, tap, i) => g.Add(g.Mul(at, scalar(Number(spatial[i + 1]))), tap.index),
        taps[0]?.index ?? scalar(0),
      );
  const valid = (taps: readonly Tap[]) => taps.flatMap((t) => t.valid ?? []);
  const weights = choices.map((taps) => product([...taps.map((t) => t.weight), ...valid(taps)]));
  // [N, choices, places], the same for all channels.
  const stack = (list: readonly Value[]) =>
    g.Concat(
      list.map((v) => g.Unsqueeze(v, g.i64([1]))),
      { axis: 1 },
    );
  const index = g.Cast(stack(choices.map(flatIndex)), { to: 7 });
  const d = g.Unsqueeze(g.Reshape(dy, g.i64([0, channels, -1])), g.i64([2]));
  const everyChannel = (v: Value) => g.Expand(g.Unsqueeze(v, g.i64([1])), g.i64([1, channels, 1, 1]));
  const flat = g.Reshape(everyChannel(index), g.i64([0, channels, -1]));
  const image = g.Reshape(x, g.i64([0, channels, sizeOf(spatial)]));
  const result: { x?: Value; grid?: Value } = {};
  if (needs("x")) {
    const shares = g.Reshape(g.Mul(d, g.Unsqueeze(stack(weights), g.i64([1]))), g.i64([0, channels, -1]));
    const sum = g.ScatterElements(filledLike(g, image), flat, shares, { axis: 2, reduction: "add" });
    result.x = reshapeTo(g, sum, x.shape, x);
  }
  if (needs("grid")) {
    const read = g.Reshape(
      g.GatherElements(image, flat, { axis: 2 }),
      g.i64([0, channels, choices.length, -1]),
    );
    const each = g.ReduceSum(g.Mul(d, read), g.i64([1]), { keepdims: 0 });
    const parts = spatial.map((_, axis) => {
      const slopes = choices.map((taps) =>
        product([...taps.map((t, i) => (i === axis ? t.slope : t.weight)), ...valid(taps)]),
      );
      return g.ReduceSum(g.Mul(each, stack(slopes)), g.i64([1]), { keepdims: 0 });
    });
    const joined = g.Concat(
      parts.reverse().map((v) => g.Unsqueeze(v, g.i64([2]))),
      { axis: 2 },
    );
    result.grid = reshapeTo(g, joined, grid.shape, grid);
  }
  return result;
}

/** The taps of one axis for coordinates [N, places], as `tapsAt` of the reference gives them. */
function tapsAlong(g: Builder, coordinate: Value, length: number, rule: GridRule): Tap[] {
  const { dtype } = coordinate;
  const scalar = (v: number) => g.scalar(v, dtype);
  const scale = rule.alignCorners ? (length - 1) / 2 : length / 2;
  const [low, high] = rule.alignCorners ? [0, length - 1] : [-0.5, length - 0.5];
  // ((c + 1) L − 1) / 2, or (c + 1)(L − 1) / 2.
  const raw = g.Add(g.Mul(coordinate, scalar(scale)), scalar((length - 1) / 2));
  const zero = scalar(0);
  const constant = (v: Value, value: number) => g.Add(g.Mul(g.Floor(v), zero), scalar(value));
  if (rule.mode === "cubic") {
    const floor = g.Floor(raw);
    const t = g.Sub(raw, floor);
    return cubicTaps(g, t).map(({ weight, slope }, i) => ({
      ...inside(g, g.Add(floor, scalar(i - 1)), length, rule),
      weight,
      slope: g.Mul(slope, scalar(scale)),
    }));
  }
  const { place, turn } = padded(g, raw, low, high, length, rule);
  if (rule.mode === "nearest") {
    return [
      { ...inside(g, g.Round(place), length, rule), weight: constant(place, 1), slope: constant(place, 0) },
    ];
  }
  const floor = g.Floor(place);
  const t = g.Sub(place, floor);
  const steep = turn === undefined ? constant(place, scale) : g.Mul(turn, scalar(scale));
  return [
    { ...inside(g, floor, length, rule), weight: g.Sub(scalar(1), t), slope: g.Neg(steep) },
    { ...inside(g, g.Add(floor, scalar(1)), length, rule), weight: t, slope: steep },
  ];
}

/** A place brought into the image, and the derivative of that (undefined where it is 1 everywhere). */
function padded(
  g: Builder,
  place: Value,
  low: number,
  high: number,
  length: number,
  rule: GridRule,
): { place: Value; turn: Value | undefined } {
  const scalar = (v: number) => g.scalar(v, place.dtype);
  const number = (v: Value) => g.Cast(v, { to: place.dtype === "float64" ? 11 : 1 });
  if (rule.padding === "border") {
    const within = g.And(g.Greater(place, scalar(0)), g.Less(place, scalar(length - 1)));
    return { place: g.Clip(place, scalar(0), scalar(length - 1)), turn: number(within) };
  }
  if (rule.padding === "zeros" || high <= low) return { place, turn: undefined };
  return reflected(g, place, low, high);
}

/** Mirrored at both ends: a triangle wave of the place, 1 or −1 its derivative. */
function reflected(g: Builder, place: Value, low: number, high: number): { place: Value; turn: Value } {
  const scalar = (v: number) => g.scalar(v, place.dtype);
  const range = high - low;
  const turns = g.Floor(g.Div(g.Sub(place, scalar(low)), scalar(range)));
  const odd = g.Sub(turns, g.Mul(g.Floor(g.Div(turns, scalar(2))), scalar(2)));
  const rest = g.Sub(g.Sub(place, scalar(low)), g.Mul(turns, scalar(range)));
  const turn = g.Sub(scalar(1), g.Mul(odd, scalar(2)));
  // rest where even, range − rest where odd.
  const moved = g.Add(g.Mul(turn, rest), g.Mul(odd, scalar(range)));
  return { place: g.Add(moved, scalar(low)), turn };
}

/** Whole places as places within the image, and which were inside. */
function inside(g: Builder, index: Value, length: number, rule: GridRule): Pick<Tap, "index" | "valid"> {
  const scalar = (v: number) => g.scalar(v, index.dtype);
  const clipped = (v: Value) => g.Clip(v, scalar(0), scalar(length - 1));
  if (rule.padding === "zeros") {
    const within = g.And(g.GreaterOrEqual(index, scalar(0)), g.LessOrEqual(index, scalar(length - 1)));
    return { index: clipped(index), valid: g.Cast(within, { to: index.dtype === "float64" ? 11 : 1 }) };
  }
  if (rule.padding === "border") return { index: clipped(index), valid: undefined };
  const [low, high] = rule.alignCorners ? [0, length - 1] : [-0.5, length - 0.5];
  if (high <= low) return { index: clipped(index), valid: undefined };
  return { index: clipped(g.Round(reflected(g, index, low, high).place)), valid: undefined };
}

/** The four cubic weights at t from the second place, with their derivatives. */
function cubicTaps(g: Builder, t: Value): { weight: Value; slope: Value }[] {
  const scalar = (v: number) => g.scalar(v, t.dtype);
  // Coefficients of 1, t, t², t³: the kernel's pieces, written for one t.
  const a = CUBIC;
  const pieces: readonly (readonly [number, number, number, number])[] = [
    [0, a, -2 * a, a],
    [1, 0, -(a + 3), a + 2],
    [0, -a, 2 * a + 3, -(a + 2)],
    [0, 0, a, -a],
  ];
  return pieces.map(([c0, c1, c2, c3]) => {
    const horner = (...list: number[]) =>
      list
        .slice(1)
        .reduce(
          (sum, c) => g.Add(g.Mul(sum, t), scalar(c)),
          g.Add(g.Mul(t, scalar(0)), scalar(list[0] ?? 0)),
        );
    return { weight: horner(c3, c2, c1, c0), slope: horner(3 * c3, 2 * c2, c1) };
  });
}
