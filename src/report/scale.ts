/** Maps data to pixels, and says where its ticks stand. */
export interface Scale {
  readonly kind: "linear" | "log" | "error";
  readonly domain: readonly [number, number];
  (value: number): number;
  /** Values worth a label. */
  readonly ticks: readonly number[];
}

type Range = readonly [number, number];

/** Round steps (1, 2, 5 times a power of ten) that divide a span into about `target` parts. */
export function niceStep(span: number, target: number): number {
  if (!(span > 1e-290) || !Number.isFinite(span)) return 1;
  const raw = span / Math.max(1, target);
  const power = 10 ** Math.floor(Math.log10(raw));
  const ratio = raw / power;
  return (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10) * power;
}

/** Multiples of a nice step within [low, high]. */
export function niceTicks(low: number, high: number, target = 5): number[] {
  if (!Number.isFinite(low) || !Number.isFinite(high) || high <= low) return [low];
  const step = niceStep(high - low, target);
  const ticks: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Beyond the resolution of numbers there is nothing to divide.
  if (!(last - first <= 4 * target)) return [low];
  for (let k = 0; k <= last - first; k++) ticks.push(Number(((first + k) * step).toPrecision(12)));
  return ticks.length > 0 ? ticks : [low];
}

/** Ticks of a log axis: powers of ten, with 2 and 5 between where there are few of them. */
export function logTicks(low: number, high: number, target = 5): number[] {
  const decades = Math.log10(high) - Math.log10(low);
  if (!Number.isFinite(decades)) return [low];
  const marks = decades > target ? [1] : decades > 1.7 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / (target + 2)));
  const ticks: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    if (e % every !== 0) continue;
    for (const mark of marks) {
      const tick = Number((mark * 10 ** e).toPrecision(3));
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks.length > 1 ? ticks : niceTicks(low, high, target);
}

function make(
  kind: Scale["kind"],
  domain: Range,
  range: Range,
  ticks: readonly number[],
  f: (x: number) => number,
): Scale {
  const [a, b] = [f(domain[0]), f(domain[1])];
  const span = b - a || 1;
  const low = Math.min(domain[0], domain[1]);
  const high = Math.max(domain[0], domain[1]);
  const map = (value: number) => {
    // Values outside stand on the border: what lies far out is still to be seen.
    const within = Math.min(high, Math.max(low, Number.isFinite(value) ? value : low));
    return range[0] + ((f(within) - a) / span) * (range[1] - range[0]);
  };
  return Object.assign(map, { kind, domain, ticks });
}

export function linearScale(low: number, high: number, range: Range, target = 5): Scale {
  const [from, to] = high > low ? [low, high] : spread(low);
  // Differences of the largest numbers would overflow.
  const [a, b] = [Math.max(from, -FAR), Math.min(to, FAR)];
  if (!(b > a)) return linearScale(0, 1, range, target);
  return make("linear", [a, b], range, niceTicks(a, b, target), (x) => x);
}

export function logScale(low: number, high: number, range: Range, target = 5): Scale {
  if (!(low > 1e-300) || !(high < FAR)) return linearScale(low, high, range, target);
  const [a, b] = high > low ? [low, high] : [low / 1.5, low * 1.5];
  return make("log", [a, b], range, logTicks(a, b, target), Math.log);
}

/** The same scale with other ticks. */
export function withTicks(scale: Scale, ticks: readonly number[]): Scale {
  return Object.assign((value: number) => scale(value), { kind: scale.kind, domain: scale.domain, ticks });
}

/** Linear, or log where the values span more than a factor of eight. */
export function costScale(values: readonly number[], range: Range, target = 5): Scale {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (finite.length === 0) return linearScale(0, 1, range, target);
  if (low > 0 && high / low > 8) {
    const margin = (high / low) ** 0.04;
    return logScale(low / margin, high * margin, range, target);
  }
  const margin = (high - low) * 0.06;
  return linearScale(low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin, range, target);
}

const ERROR_TICKS = [
  0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997,
  0.998, 0.999, 0.9995, 0.9999,
];

/**
 * Accuracy by its error on a log axis: 90 % to 99 % takes as much room as 0 % to 90 %. What tells good
 * networks apart is not squeezed into the top line.
 */
export function errorScale(low: number, high: number, range: Range, target = 6): Scale {
  const top = Math.min(0.9999, high);
  const bottom = Math.min(low, top - 1e-4);
  const depth = (v: number) => -Math.log(1 - Math.min(v, 0.99995));
  const [from, to] = [depth(bottom), depth(top)];
  const within = ERROR_TICKS.filter((t) => t >= bottom && t <= top);
  // Thin them out so that neighbours keep their distance.
  const ticks: number[] = [];
  for (const t of within.reverse()) {
    const last = ticks.at(-1);
    if (last === undefined || (depth(last) - depth(t)) / (to - from) > 0.8 / target) ticks.push(t);
  }
  return make("error", [bottom, top], range, ticks.length > 1 ? ticks.reverse() : [bottom, top], depth);
}

/** Scale of a score: see {@link errorScale}; far-out low values are cut at the border. */
export function scoreScale(
  values: readonly number[],
  metric: "accuracy" | "r2",
  range: Range,
  target = 5,
): Scale {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return linearScale(0, 1, range, target);
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  if (metric === "accuracy") {
    if (high > 0.9 && low >= 0 && high <= 1 && (1 - low) / (1 - Math.min(high, 0.9999)) > 5) {
      return errorScale(
        Math.max(0, low - (1 - low) * 0.15),
        Math.min(1, high + (1 - high) * 0.12),
        range,
        target + 1,
      );
    }
    return linearScale(Math.max(0, low - margin), Math.min(1, high + margin), range, target);
  }
  // R² has no lower bound: keep the better three quarters in view.
  const quartile = sorted[Math.floor(sorted.length / 4)] ?? low;
  const floor = Math.max(low, quartile - 3 * (high - quartile || Math.abs(high) * 0.1 || 0.1));
  const gap = (high - floor || Math.abs(high) || 1) * 0.06;
  return linearScale(floor - gap, high + gap, range, target);
}

const FAR = 1e300;

function spread(value: number): Range {
  const half = Math.abs(value) * 0.1 || 0.5;
  return [value - half, value + half];
}
