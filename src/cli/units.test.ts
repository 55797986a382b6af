import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExitCode, MorphError } from "../base/index.js";
import {
  formatBytes,
  formatCount,
  formatDuration,
  parseBytes,
  parseCount,
  parseDurationMs,
  parseLatencyMs,
  parseWhole,
} from "./units.js";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["90s", 90_000],
    ["25m", 1_500_000],
    ["1h", 3_600_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["2 min", 120_000],
    ["1d", 86_400_000],
  ])("%s", (text, ms) => expect(parseDurationMs(text, "--time")).toBe(ms));

  it("adds up what it is given", () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom("ms", "s", "m", "h", "d"));
    const scale: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const sum = parts.reduce((ms, [n, unit]) => ms + n * (scale[unit] ?? 0), 0);
        fc.pre(sum > 0);
        expect(parseDurationMs(parts.map(([n, unit]) => `${n}${unit}`).join(""), "--time")).toBe(sum);
      }),
    );
  });

  it("refuses what has no unit, no number, or nothing left of it", () => {
    for (const text of ["90", "s", "", "0s", "-5s", "5 parsecs", "1h-5m", "5toString", "5__proto__"]) {
      expect(() => parseDurationMs(text, "--time"), text).toThrow(/bad_value at --time/);
    }
  });

  it("reads a bare latency as milliseconds", () => {
    expect(parseLatencyMs("1", "--max-latency")).toBe(1);
    expect(parseLatencyMs(".5", "--max-latency")).toBe(0.5);
    expect(parseLatencyMs("800us", "--max-latency")).toBeCloseTo(0.8, 12);
    expect(() => parseLatencyMs("0", "--max-latency")).toThrow(MorphError);
  });
});

describe("sizes and counts", () => {
  it.each([
    ["65536", 65_536],
    ["64KiB", 65_536],
    ["1.5MB", 1_500_000],
    ["200kB", 200_000],
    ["200 k", 200_000],
    ["2GiB", 2 ** 31],
    ["0.5KiB", 512],
  ])("%s", (text, bytes) => expect(parseBytes(text, "--max-memory")).toBe(bytes));

  it.each([
    ["50k", 50_000],
    ["2M", 2_000_000],
    ["1.1k", 1_100],
    ["200_000", 200_000],
  ])("%s", (text, count) => expect(parseCount(text, "--trials")).toBe(count));

  it("reads back every whole number, with and without thousands", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000_000 }), (n) => {
        expect(parseCount(String(n), "--n")).toBe(n);
        expect(parseCount(`${n / 1000}k`, "--n")).toBe(n);
        expect(parseBytes(`${n}KiB`, "--n")).toBe(n * 1024);
      }),
    );
  });

  it("never gives anything but a whole number above zero, or a usage error that names the option", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-\d._]{1,6}[a-zA-Z]{0,3}$/)), (text) => {
        for (const parse of [parseCount, parseBytes, parseDurationMs, parseLatencyMs]) {
          try {
            const value = parse(text, "--limit");
            expect(value).toBeGreaterThan(0);
            expect(Number.isFinite(value)).toBe(true);
            if (parse === parseCount || parse === parseBytes) expect(Number.isSafeInteger(value)).toBe(true);
          } catch (error) {
            if (!(error instanceof MorphError)) throw error;
            expect(error.exitCode).toBe(ExitCode.usage);
            expect(error.issue.path).toBe("--limit");
          }
        }
      }),
    );
  });

  it("refuses halves, nothing, and what no number can hold", () => {
    for (const text of ["1.5", "0", "-3", "1e400", "99999999999999999999", "12q", "k", "1,000"]) {
      expect(() => parseCount(text, "--trials"), text).toThrow(/bad_value at --trials/);
    }
  });

  it("keeps seeds whole and from their minimum on", () => {
    expect(parseWhole("0", "--seed")).toBe(0);
    expect(() => parseWhole("0", "--workers", 1)).toThrow(/from 1 on/);
    expect(() => parseWhole("9007199254740993", "--seed")).toThrow(MorphError);
  });
});

describe("formats", () => {
  it("writes durations as people say them", () => {
    expect([0.8412, 12, 950, 1500, 59_949, 65_000, 7_380_000, 273_600_000].map(formatDuration)).toEqual([
      "0.841 ms",
      "12 ms",
      "950 ms",
      "1.5 s",
      "59.9 s",
      "1 min 05 s",
      "2 h 03 min",
      "3 d 04 h",
    ]);
  });

  it("writes sizes and counts with three digits", () => {
    expect([812, 65_536, 1_500_000].map(formatBytes)).toEqual(["812 B", "64.0 KiB", "1.43 MiB"]);
    expect([812, 48_312, 1_250_000, 999_999].map(formatCount)).toEqual(["812", "48.3k", "1.25M", "1M"]);
  });

  it("is read back to within its three digits", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (n) => {
        expect(Math.abs(parseCount(formatCount(n), "--n") - n)).toBeLessThanOrEqual(n * 0.005);
      }),
    );
  });

  it("never shows 60 seconds or 1000 of a unit", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e12, noNaN: true }), (value) => {
        expect(formatDuration(value)).not.toMatch(/\b60(\.0)? s|\b60 min|\b24 h|\b1000 ms/);
        expect(formatCount(value)).not.toMatch(/^1000/);
        expect(formatBytes(value)).not.toMatch(/^1024/);
      }),
    );
  });
});
