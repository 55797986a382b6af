import { describe, expect, it } from "vitest";
import {
  bytes,
  cost,
  count,
  duration,
  fixed,
  milliseconds,
  percent,
  score,
  short,
  smallPercent,
} from "./format.js";

const plain = (text: string) => text.replaceAll("\u202F", " ");

describe("numbers in words", () => {
  it("have separators, units and a true minus sign", () => {
    expect(count(31_204)).toBe("31,204");
    expect(count(-5)).toBe("−5");
    expect(plain(short(2_104_000))).toBe("2.10 M");
    expect(plain(short(999_700))).toBe("1.00 M");
    expect(plain(short(812))).toBe("812");
    expect(plain(bytes(1536))).toBe("1.50 KiB");
    expect(plain(bytes(12))).toBe("12 B");
    expect(plain(milliseconds(0.2137))).toBe("0.214 ms");
    expect(plain(percent(0.984))).toBe("98.4 %");
    expect(fixed(-0.0001, 2)).toBe("0.00");
    expect(plain(score(0.98765, "accuracy"))).toBe("98.77 %");
    expect(score(-0.51234, "r2")).toBe("−0.512");
    expect(plain(smallPercent(0.0031))).toBe("0.31 %");
    expect(plain(cost("weightBytes", 262_144))).toBe("256 KiB");
  });

  it("say lengths of time as people do", () => {
    expect(plain(duration(4.24))).toBe("4.2 s");
    expect(plain(duration(125))).toBe("2 min 05 s");
    expect(plain(duration(59.7))).toBe("1 min");
    expect(plain(duration(11_520))).toBe("3 h 12 min");
  });

  it("have a dash for what is not a number", () => {
    for (const f of [count, short, bytes, milliseconds, duration, percent]) {
      expect([f(null), f(undefined), f(Number.NaN), f(Number.POSITIVE_INFINITY)]).toEqual([
        "–",
        "–",
        "–",
        "–",
      ]);
    }
  });
});
