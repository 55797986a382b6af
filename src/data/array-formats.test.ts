import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CODES, idx, npy, type Written } from "../../test/data/array-writers.js";
import { isIssue, MorphError } from "../base/index.js";
import { readRows } from "./array-rows.js";
import { memoryBytes } from "./bytes.node.js";
import { type ArrayHeader, halfToNumber } from "./elements.js";
import { parseIdxHeader } from "./idx-format.js";
import { parseNpyHeader } from "./npy-format.js";

describe("formats", () => {
  const typed = fc.constantFrom(...(Object.keys(CODES) as Written[]));
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
  const cases = fc.tuple(typed, shapes).chain(([type, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const value =
      type === "bool"
        ? fc.nat(1)
        : type === "float32"
          ? fc.float({ noNaN: true })
          : type === "float64"
            ? fc.double({ noNaN: true })
            : type.startsWith("u")
              ? fc.nat(255)
              : fc.integer({ min: -128, max: 127 });
    return fc.tuple(
      fc.constant(type),
      fc.constant(shape),
      fc.array(value, { minLength: size, maxLength: size }),
    );
  });

  async function numbersOf(bytes: Uint8Array, header: ArrayHeader): Promise<number[]> {
    const array = { path: "test", header, bytes: memoryBytes(bytes) };
    const rows = header.shape[0] ?? 0;
    const half = Math.floor(rows / 2);
    return [...(await readRows(array, 0, half)), ...(await readRows(array, half, rows))];
  }

  test("NPY: every version, type, byte order and axis order comes back", async () => {
    const options = fc.record({
      big: fc.boolean(),
      fortran: fc.boolean(),
      version: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
    });
    await fc.assert(
      fc.asyncProperty(cases, options, async ([type, shape, values], how) => {
        const bytes = npy(type, shape, values, how);
        const header = parseNpyHeader(bytes);
        if (isIssue(header)) throw new MorphError(header);
        expect(header).toMatchObject({ dtype: type, shape, fortran: how.fortran });
        expect(await numbersOf(bytes, header)).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  test("IDX: every type comes back", async () => {
    const known = new Set<Written>(["uint8", "int8", "int16", "int32", "float32", "float64"]);
    await fc.assert(
      fc.asyncProperty(
        cases.filter(([type]) => known.has(type)),
        async ([type, shape, values]) => {
          const bytes = idx(type, shape, values);
          const header = parseIdxHeader(bytes);
          if (isIssue(header)) throw new MorphError(header);
          expect(header).toMatchObject({ dtype: type, shape });
          expect(await numbersOf(bytes, header)).toEqual(values);
        },
      ),
    );
  });

  test("half precision: known values", () => {
    expect([0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x8000].map(halfToNumber)).toEqual([
      1,
      -2,
      0.333251953125,
      2 ** -24,
      65504,
      -0,
    ]);
    expect(halfToNumber(0x7c00)).toBe(Number.POSITIVE_INFINITY);
    expect(halfToNumber(0x7e00)).toBeNaN();
  });

  test("headers of random bytes, and damaged ones, never do more than complain", () => {
    const good = npy("float32", [2, 3], [1, 2, 3, 4, 5, 6]);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(good.length - 1),
        fc.nat(255),
        (bytes, at, value) => {
          const damaged = Uint8Array.from(good);
          damaged[at] = value;
          for (const some of [
            bytes,
            damaged,
            good.subarray(0, at),
            Uint8Array.from([...good.subarray(0, 10), ...bytes]),
          ]) {
            const header = parseNpyHeader(some);
            if (isIssue(header)) expect(header.code).toMatch(/_npy$/);
          }
          for (const some of [bytes, Uint8Array.from([0, 0, ...bytes])]) {
            const header = parseIdxHeader(some);
            if (isIssue(header)) expect(header.code).toBe("corrupt_idx");
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
