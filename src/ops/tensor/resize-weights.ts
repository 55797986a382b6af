/** How Resize reads one axis: a matrix [out, in] for every mode, so that value and gradient agree. */
export interface ResizeAxis {
  readonly input: number;
  readonly output: number;
  /** Output length over input length, as given (not as rounded). */
  readonly scale: number;
  /** Begin and end of the region of interest, in shares of the length (`tf_crop_and_resize` only). */
  readonly region: readonly [number, number];
}

export interface ResizeRule {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** Place in the input that an output place reads from. */
export function sourceOf(
  place: number,
  { input, output, scale, region }: ResizeAxis,
  coordinates: string,
): number {
  switch (coordinates) {
    case "asymmetric":
      return place / scale;
    case "align_corners":
      return output === 1 ? 0 : (place * (input - 1)) / (output - 1);
    case "pytorch_half_pixel":
      return output > 1 ? (place + 0.5) / scale - 0.5 : 0;
    case "half_pixel_symmetric": {
      // Centred although the output length was rounded.
      const adjustment = output / (scale * input);
      const centre = input / 2;
      return centre * (1 - adjustment) + (place + 0.5) / scale - 0.5;
    }
    case "tf_crop_and_resize": {
      const [begin, end] = region;
      return output > 1
        ? begin * (input - 1) + (place * (end - begin) * (input - 1)) / (output - 1)
        : 0.5 * (begin + end) * (input - 1);
    }
    default:
      return (place + 0.5) / scale - 0.5;
  }
}

function roundNearest(x: number, how: string): number {
  if (how === "floor") return Math.floor(x);
  if (how === "ceil") return Math.ceil(x);
  if (how === "round_prefer_ceil") return Math.floor(x + 0.5);
  return Math.ceil(x - 0.5);
}

/** Keys' cubic convolution kernel. */
function cubicKernel(x: number, a: number): number {
  const d = Math.abs(x);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

/**
 * The matrix of one axis, row-major [out, in]. Rows of places outside the region (`tf_crop_and_resize`) are
 * `outside`: the caller fills those with the extrapolation value.
 */
export function resizeMatrix(
  axis: ResizeAxis,
  rule: ResizeRule,
): { weights: Float64Array; outside: boolean[] } {
  const { input, output } = axis;
  const weights = new Float64Array(output * input);
  const outside: boolean[] = [];
  for (let row = 0; row < output; row++) {
    const source = sourceOf(row, axis, rule.coordinates);
    outside.push(rule.coordinates === "tf_crop_and_resize" && (source < 0 || source > input - 1));
    const taps =
      rule.mode === "nearest"
        ? [[roundNearest(source, rule.nearest), 1] as const]
        : spread(source, axis, rule);
    for (const [at, weight] of taps) {
      const place = row * input + Math.max(0, Math.min(input - 1, at));
      weights[place] = (weights[place] ?? 0) + weight;
    }
  }
  return { weights, outside };
}

/** Places around a source with their weights: 2 of them (linear) or 4 (cubic), more where antialiased. */
function spread(source: number, axis: ResizeAxis, rule: ResizeRule): (readonly [number, number])[] {
  const radius = rule.mode === "cubic" ? 2 : 1;
  // Shrinking with antialias widens the kernel by the factor of the shrinking.
  const shrink = rule.antialias && axis.scale < 1 ? axis.scale : 1;
  const kernel = (x: number) =>
    rule.mode === "cubic" ? cubicKernel(x * shrink, rule.cubic) : Math.max(0, 1 - Math.abs(x * shrink));
  const first = Math.floor(source - radius / shrink) + 1;
  const last = Math.ceil(source + radius / shrink) - 1;
  const taps: [number, number][] = [];
  for (let at = first; at <= last; at++) {
    const inside = at >= 0 && at < axis.input;
    if (!inside && rule.excludeOutside) continue;
    taps.push([at, kernel(at - source)]);
  }
  const total = taps.reduce((sum, [, weight]) => sum + weight, 0);
  return rule.excludeOutside || rule.antialias
    ? taps.map(([at, weight]) => [at, weight / total] as const)
    : taps;
}
