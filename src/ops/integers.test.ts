import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpret } from "../runtime/reference.js";
import { Builder, ref } from "./index.js";
import { wrapInteger } from "./integers.js";

describe("wrapInteger", () => {
  it("agrees with the typed arrays", () => {
    const arrays = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array } as const;
    const wide = { int32: Int32Array, uint32: Uint32Array } as const;
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        for (const [dtype, array] of Object.entries({ ...arrays, ...wide })) {
          expect(wrapInteger(dtype as keyof typeof arrays, value)).toBe(array.of(value)[0]);
        }
      }),
    );
  });

  it("wraps 64-bit numbers", () => {
    expect(wrapInteger("int64", 2n ** 63n)).toBe(-(2 ** 63));
    expect(wrapInteger("uint64", -1n)).toBe(2 ** 64);
    expect(wrapInteger("int64", 2n ** 64n + 5n)).toBe(5);
  });
});

describe("integer arithmetic of the reference", () => {
  const binary = (type: "Mul" | "Add" | "Sub" | "BitwiseXor", dtype: "int32" | "uint32" | "int64") => {
    const g = new Builder("test");
    const a = g.input("a", dtype, []);
    const b = g.input("b", dtype, []);
    const y = g.op1(type, [a, b]);
    const graph = g.finish([y]);
    return (p: number, q: number) =>
      interpret(graph, {
        a: ref(dtype, [], Float64Array.of(p)),
        b: ref(dtype, [], Float64Array.of(q)),
      })[y.name]?.data[0];
  };

  it("multiplies 32-bit integers as a processor does", () => {
    const signed = binary("Mul", "int32");
    const unsigned = binary("Mul", "uint32");
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(signed(a, b)).toBe(Math.imul(a, b));
        expect(unsigned(a >>> 0, b >>> 0)).toBe(Math.imul(a, b) >>> 0);
      }),
    );
  });

  it("adds, subtracts and mixes bits likewise", () => {
    const add = binary("Add", "uint32");
    const sub = binary("Sub", "int32");
    const xor = binary("BitwiseXor", "uint32");
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(add(a >>> 0, b >>> 0)).toBe((a + b) >>> 0);
        expect(sub(a, b)).toBe((a - b) | 0);
        expect(xor(a >>> 0, b >>> 0)).toBe((a ^ b) >>> 0);
      }),
    );
  });

  it("keeps the exact low digits of 64-bit products", () => {
    const mul = binary("Mul", "int64");
    // (2^33 + 1)² = 2^66 + 2^34 + 1, of which 2^64 is lost four times.
    expect(mul(2 ** 33 + 1, 2 ** 33 + 1)).toBe(2 ** 34 + 1);
  });
});
