import type { LimitName, Metric } from "../study/index.js";

/** How numbers are written in reports: English separators, a thin no-break space before a unit. */
const NBSP = "\u202F";
const DASH = "–";

type Maybe = number | null | undefined;

function isNumber(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** `31,204`. */
export function count(value: Maybe): string {
  return isNumber(value) ? Math.round(value).toLocaleString("en-US").replace("-", "−") : DASH;
}

/** Fixed decimals, with a true minus sign. */
export function fixed(value: Maybe, digits: number): string {
  if (!isNumber(value)) return DASH;
  if (Math.abs(value) >= 1e9) return value.toExponential(1).replace("-", "−");
  const text = value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

const SI = [
  { from: 1e12, unit: "T" },
  { from: 1e9, unit: "G" },
  { from: 1e6, unit: "M" },
  { from: 1e3, unit: "k" },
] as const;

/** Three digits and a prefix: `2.10 M`; small whole numbers as they are. */
export function short(value: Maybe): string {
  if (!isNumber(value)) return DASH;
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(1).replace("-", "−");
  for (const { from, unit } of SI) if (size >= from * 0.9995) return `${digits3(value / from)}${NBSP}${unit}`;
  return Number.isInteger(value) ? String(value).replace("-", "−") : digits3(value);
}

function digits3(value: number): string {
  const size = Math.abs(value);
  return fixed(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** Bytes in powers of 1,024, as tools print them: `61.2 KiB`. */
export function bytes(value: Maybe): string {
  if (!isNumber(value)) return DASH;
  for (const [unit, from] of [
    ["TiB", 1024 ** 4],
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
  ] as const) {
    if (Math.abs(value) >= from) return `${digits3(value / from)}${NBSP}${unit}`;
  }
  return `${count(value)}${NBSP}B`;
}

/** Milliseconds of one run: `0.214 ms`. */
export function milliseconds(value: Maybe): string {
  if (!isNumber(value)) return DASH;
  const size = Math.abs(value);
  return `${fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)}${NBSP}ms`;
}

/** A length of time: `48 s`, `2 min 05 s`, `3 h 12 min`. */
export function duration(seconds: Maybe): string {
  if (!isNumber(seconds)) return DASH;
  const size = Math.max(0, seconds);
  if (size < 9.95) return `${fixed(size, 1)}${NBSP}s`;
  const whole = Math.round(size);
  if (whole < 60) return `${whole}${NBSP}s`;
  if (whole < 3600) {
    const rest = whole % 60;
    return `${Math.floor(whole / 60)}${NBSP}min${rest === 0 ? "" : ` ${String(rest).padStart(2, "0")}${NBSP}s`}`;
  }
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${count(Math.floor(minutes / 60))}${NBSP}h ${minutes % 60}${NBSP}min`;
  return `${count(minutes / 1440)}${NBSP}days`;
}

export function percent(share: Maybe, digits = 1): string {
  return isNumber(share) ? `${fixed(share * 100, digits)}${NBSP}%` : DASH;
}

/** A share in percent with as many digits as it takes to show that it is not zero. */
export function smallPercent(share: Maybe): string {
  if (!isNumber(share)) return DASH;
  const size = Math.abs(share);
  return percent(share, size >= 0.1 || size === 0 ? 0 : size >= 0.01 ? 1 : size >= 0.001 ? 2 : 3);
}

/** The score in its own unit: accuracy in percent, R² as a number. */
export function score(value: Maybe, metric: Metric, digits = 2): string {
  return metric === "accuracy" ? percent(value, digits) : fixed(value, digits + 1);
}

export function scoreName(metric: Metric): string {
  return metric === "accuracy" ? "accuracy" : "R²";
}

export const COST_NAMES: Readonly<Record<LimitName, string>> = {
  params: "Parameters",
  macs: "MACs",
  weightBytes: "Weights",
  peakActivationBytes: "Peak activations",
  latencyMs: "Latency",
};

/** A cost in full, as certificates state it. */
export function cost(name: LimitName, value: Maybe): string {
  switch (name) {
    case "weightBytes":
    case "peakActivationBytes":
      return bytes(value);
    case "latencyMs":
      return milliseconds(value);
    default:
      return count(value);
  }
}

/** A cost in few characters, for axes. */
export function shortCost(name: LimitName, value: number): string {
  switch (name) {
    case "weightBytes":
    case "peakActivationBytes":
      return bytes(value);
    case "latencyMs":
      return `${Number(value.toPrecision(3))}`;
    default:
      return short(value).replace(/\.0+(?=\D|$)/, "");
  }
}

/** `1 trial`, `2 trials`. */
export function plural(n: number, noun: string, many = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : many}`;
}
