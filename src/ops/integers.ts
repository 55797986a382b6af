import { bitsOf, type DType, isInteger } from "../ir/index.js";

/** Reduce a whole number to the range of an integer dtype, as two's complement does; others pass unchanged. */
export function wrapInteger(dtype: DType, value: number | bigint): number {
  if (!isInteger(dtype)) return Number(value);
  const bits = bitsOf(dtype);
  const signed = dtype.startsWith("int");
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return value;
    if (bits === 32) return signed ? value | 0 : value >>> 0;
    if (Number.isSafeInteger(value) && inRange(value, bits, signed)) return value;
    value = BigInt(Math.trunc(value));
  }
  return Number(signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
}

function inRange(value: number, bits: number, signed: boolean): boolean {
  const top = 2 ** (signed ? bits - 1 : bits);
  return value < top && value >= (signed ? -top : 0);
}

/**
 * A float formula made safe for integers: where the float64 result may have lost digits, `exact` computes it
 * anew in whole numbers; either way the result wraps around.
 */
export function integerFormula(
  dtype: DType,
  quick: (a: number, b: number) => number,
  exact: (a: bigint, b: bigint) => bigint,
): (a: number, b: number) => number {
  return (a, b) => {
    const value = quick(a, b);
    return wrapInteger(dtype, Number.isSafeInteger(value) ? value : exact(BigInt(a), BigInt(b)));
  };
}
