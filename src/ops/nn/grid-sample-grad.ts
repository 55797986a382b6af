import { dim, fail, type Shape } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { reshapeTo } from "../tensor/rules.js";
import { CUBIC, type GridRule } from "./grid-points.js";
import { imageGradient, placeGradients, reading, type Tap } from "./reading.js";

/** Gradients of GridSample: what is read is a sum of products (see `reading.ts`). */
export function gridSampleGrad(
  g: Builder,
  { x, grid, dy, rule }: { x: Value; grid: Value; dy: Value; rule: GridRule },
  needs: (input: "x" | "grid") => boolean,
): { x?: Value; grid?: Value } {
  const spatial: Shape = x.shape.slice(2);
  const channels = x.shape[1];
  if (!dim.isStatic(spatial) || typeof channels !== "number") {
    return fail("grid_symbolic", {
      expected: "static channels and spatial lengths to differentiate GridSample",
      received: dim.format(x.shape),
      hint: "build the network for one image size",
    });
  }
  const axes = spatial.length;
  const points = g.Reshape(grid, g.i64([0, 1, -1, axes]));
  const along = spatial.map((length, axis) =>
    // The last axis of the image comes first in the grid.
    tapsAlong(g, g.Gather(points, g.i64(axes - 1 - axis), { axis: 3 }), length, rule),
  );
  const image = g.Reshape(x, g.i64([0, channels, sizeOf(spatial)]));
  const lengths = spatial.map((length) => g.i64(length));
  const read = reading(g, image, lengths, along);
  const d = g.Reshape(dy, g.i64([0, 1, channels, 1, -1]));
  const result: { x?: Value; grid?: Value } = {};
  if (needs("x")) result.x = reshapeTo(g, imageGradient(g, read, d), x.shape, x);
  if (needs("grid")) {
    const parts = placeGradients(g, read, d).reverse();
    const joined = g.Concat(
      parts.map((v) => g.Unsqueeze(v, g.i64([3]))),
      { axis: 3 },
    );
    result.grid = reshapeTo(g, joined, grid.shape, grid);
  }
  return result;
}

/** The taps of one axis for coordinates [N, 1, points], as `tapsAt` of the reference gives them. */
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
