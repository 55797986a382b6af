/** How places outside of an image are read. */
export type GridPadding = "zeros" | "border" | "reflection";

/** One place that a sample reads along one axis; outside of the image where `index` is negative. */
export interface GridTap {
  readonly index: number;
  readonly weight: number;
}

export interface GridRule {
  readonly mode: string;
  readonly padding: GridPadding;
  readonly alignCorners: boolean;
}

/** Sharpness of the cubic kernel (Keys 1981). */
export const CUBIC = -0.75;

/** From [−1, 1] to places of an axis: the centres of the corner elements, or their outer edges, are at the ends. */
export function placeOf(coordinate: number, length: number, alignCorners: boolean): number {
  return alignCorners ? ((coordinate + 1) / 2) * (length - 1) : ((coordinate + 1) * length - 1) / 2;
}

/** The places that a coordinate reads along one axis, with their weights. */
export function tapsAt(coordinate: number, length: number, rule: GridRule): GridTap[] {
  const [low, high] = rule.alignCorners ? [0, length - 1] : [-0.5, length - 0.5];
  const raw = placeOf(coordinate, length, rule.alignCorners);
  const tap = (index: number, weight: number) => ({ index: inside(index, length, rule), weight });
  if (rule.mode === "nearest") return [tap(roundHalfEven(padded(raw, low, high, length, rule.padding)), 1)];
  if (rule.mode === "cubic") {
    const floor = Math.floor(raw);
    return cubicWeights(raw - floor).map((weight, i) => tap(floor - 1 + i, weight));
  }
  const place = padded(raw, low, high, length, rule.padding);
  const floor = Math.floor(place);
  return [tap(floor, 1 - (place - floor)), tap(floor + 1, place - floor)];
}

/** Weights of the four places around a point at distance t from the second. */
function cubicWeights(t: number): number[] {
  const near = (d: number) => ((CUBIC + 2) * d - (CUBIC + 3)) * d * d + 1;
  const far = (d: number) => ((CUBIC * d - 5 * CUBIC) * d + 8 * CUBIC) * d - 4 * CUBIC;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

function padded(place: number, low: number, high: number, length: number, padding: GridPadding): number {
  if (padding === "border") return Math.min(Math.max(place, 0), length - 1);
  return padding === "reflection" ? reflect(place, low, high) : place;
}

/** An index within the image, or −1. */
function inside(index: number, length: number, { padding, alignCorners }: GridRule): number {
  if (index >= 0 && index < length) return index;
  if (padding === "zeros") return -1;
  if (padding === "border") return Math.min(Math.max(index, 0), length - 1);
  const [low, high] = alignCorners ? [0, length - 1] : [-0.5, length - 0.5];
  return Math.min(Math.max(Math.trunc(reflect(index, low, high)), 0), length - 1);
}

/** A place mirrored at both ends until it lies between them. */
function reflect(place: number, low: number, high: number): number {
  const range = high - low;
  if (range <= 0) return low;
  if (place >= low && place <= high) return place;
  const out = place < low ? low - place : place - high;
  const turns = Math.floor(out / range);
  const rest = out - turns * range;
  const fromLow = place < low === (turns % 2 === 0);
  return fromLow ? low + rest : high - rest;
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
