/** Numbers as people write them on a command line: `90s`, `1.5MB`, `50k`. */
import { ExitCode, fail } from "../base/index.js";

const DURATIONS: Readonly<Record<string, number>> = {
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  sec: 1e3,
  m: 60e3,
  min: 60e3,
  h: 3600e3,
  d: 86400e3,
};

const BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const COUNTS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, b: 1e9, g: 1e9, t: 1e12 };

const NUMBER = String.raw`(\d[\d_]*(?:\.\d+)?|\.\d+)`;

/** Milliseconds of `500ms`, `90s`, `25m`, `1h`, `1h30m`. A bare number has no unit and is refused. */
export function parseDurationMs(text: string, option: string): number {
  const compact = text.trim().toLowerCase().replaceAll(/\s+/g, "");
  const parts = [...compact.matchAll(new RegExp(`${NUMBER}([a-zµ]+)`, "g"))];
  const whole = parts.map(([part]) => part).join("") === compact && parts.length > 0;
  let totalMs = 0;
  for (const [, digits = "", unit = ""] of parts) {
    const scale = Object.hasOwn(DURATIONS, unit) ? (DURATIONS[unit] ?? Number.NaN) : Number.NaN;
    totalMs += decimal(digits) * scale;
  }
  if (!whole || !(totalMs > 0) || !Number.isFinite(totalMs)) {
    return refuse(option, text, "a duration above zero such as 90s, 25m or 1h30m");
  }
  return totalMs;
}

/** Milliseconds of `0.8`, `0.8ms`, `800us`: a bare number is in milliseconds. */
export function parseLatencyMs(text: string, option: string): number {
  const bare = text.trim();
  if (new RegExp(`^${NUMBER}$`).test(bare)) {
    const ms = decimal(bare);
    return ms > 0 && Number.isFinite(ms)
      ? ms
      : refuse(option, text, "a time above zero such as 0.8 or 0.8ms");
  }
  return parseDurationMs(text, option);
}

/** Bytes of `65536`, `64KiB`, `1.5MB` (k, M, G are powers of 1000; Ki, Mi, Gi powers of 1024). */
export function parseBytes(text: string, option: string): number {
  return scaled(text, BYTES) ?? refuse(option, text, "a size such as 65536, 64KiB or 1.5MB");
}

/** A whole number above zero: `50000`, `50k`, `1.5M`, `200_000`. */
export function parseCount(text: string, option: string): number {
  return scaled(text, COUNTS) ?? refuse(option, text, "a whole number above zero such as 50000, 50k or 2M");
}

/** A whole number from `min` on, for seeds and worker counts. */
export function parseWhole(text: string, option: string, min = 0): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min)
    return refuse(option, text, `a whole number from ${min} on`);
  return value;
}

/** A number above zero: `0.1`, `3e-4`. */
export function parseNumber(text: string, option: string): number {
  const value = /^[\d.]+(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  return value > 0 && Number.isFinite(value)
    ? value
    : refuse(option, text, "a number above zero such as 0.01");
}

/** A number from zero on. */
export function parseNumberFromZero(text: string, option: string): number {
  return /^0*\.?0*$/.test(text.trim()) && /0/.test(text) ? 0 : parseNumber(text, option);
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = new RegExp(`^${NUMBER}\\s*([a-z]*)$`).exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const [, digits = "", unit = ""] = match;
  if (!Object.hasOwn(units, unit)) return undefined;
  const exact = decimal(digits) * (units[unit] ?? Number.NaN);
  const value = Math.round(exact);
  // 1.1k is 1100.0000000000002 in binary: whole but for rounding. 1.5 alone is not.
  const isWhole = Math.abs(exact - value) <= Math.abs(exact) * 1e-12;
  return isWhole && value > 0 && Number.isSafeInteger(value) ? value : undefined;
}

function decimal(digits: string): number {
  return Number(digits.replaceAll("_", ""));
}

function refuse(option: string, received: string, expected: string): never {
  return fail(
    "bad_value",
    { path: option, expected, received: received === "" ? "nothing" : received },
    { exitCode: ExitCode.usage },
  );
}

/** `0.84 ms`, `950 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`, `3 d 04 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "?";
  if (ms < 10) return `${trimZeros(ms.toPrecision(3))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1e3).toFixed(1)} s`;
  const seconds = Math.round(ms / 1e3);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

/** `812 B`, `64.0 KiB`, `1.43 MiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "?";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(value >= 1000 ? 4 : 3)} ${units[unit]}`;
}

/** `812`, `48.3k`, `1.25M`: at most three digits that count. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return "?";
  const units = ["", "k", "M", "G", "T"];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? String(Math.round(value)) : `${trimZeros(value.toPrecision(3))}${units[unit]}`;
}

function trimZeros(text: string): string {
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
