import { describe, expect, it } from "vitest";
import { numbersOf, tensor } from "./index.js";

describe("short floats", () => {
  it.each(["float16", "bfloat16"] as const)("%s: every number that it holds comes back", (dtype) => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const values = numbersOf({ dtype, dims: [all.length], data: all });
    const back = tensor(dtype, [all.length], values).data as Uint16Array;
    const wrong = values.findIndex((v, i) =>
      Number.isNaN(v)
        ? !Number.isNaN(numbersOf({ dtype, dims: [1], data: back.slice(i, i + 1) })[0])
        : back[i] !== i,
    );
    expect(wrong).toBe(-1);
  });

  it("others become the nearest, ties the even one, what is too large infinite", () => {
    const half = (x: number) => numbersOf(tensor("float16", [1], [x]))[0];
    expect(
      [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2049, 2051, 65_519, 65_520, -1e9, 2 ** -25, 3 * 2 ** -26].map(half),
    ).toEqual([
      ...[
        1,
        1 + 2 ** -9,
        2048,
        2052,
        65_504,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        0,
        2 ** -24,
      ],
    ]);
    const brain = (x: number) => numbersOf(tensor("bfloat16", [1], [x]))[0];
    expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38].map(brain)).toEqual([
      1,
      1 + 2 ** -6,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
