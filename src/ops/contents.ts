import { type Dim, dim } from "../base/index.js";
import { isInteger, numbersOf, sizeOf, type Value } from "../ir/index.js";
import type { Arg } from "./define.js";

/**
 * What small vectors of integers hold is followed while a graph is built, with symbols for lengths that only
 * the run decides: the contents of `Shape(x)` are the shape of x. So a Reshape to a computed shape has a known
 * shape. Each operator's file says how it moves or combines such numbers (`contents`); this file remembers them.
 */
const followed = new WeakMap<Value, readonly Dim[]>();

/** Vectors longer than this say no shapes. */
const MAX_LENGTHS = 64;

/** Remember what a value holds. Anything but a scalar or vector of int64 or int32 is not followed. */
export function recordContents(value: Value, contents: readonly Dim[] | undefined): void {
  if (contents !== undefined && contents.length <= MAX_LENGTHS && saysLengths(value)) {
    followed.set(value, contents);
  }
}

/** A scalar or vector of integers. */
function saysLengths({ type }: Value): boolean {
  if (type?.kind !== "tensor" || (type.dtype !== "int64" && type.dtype !== "int32")) return false;
  return type.shape !== undefined && type.shape.length <= 1;
}

/** What a value is known to hold: numbers of a constant are not repeated here. */
export function recordedContents(value: Value): readonly Dim[] | undefined {
  return saysLengths(value) ? followed.get(value) : undefined;
}

/** Integers that an input holds, with symbols among them; undefined where they are not known. */
export function lengthsIn(arg: Arg | undefined): readonly Dim[] | undefined {
  if (arg?.constant === undefined) return arg?.contents;
  return isInteger(arg.constant.dtype) ? numbersOf(arg.constant) : undefined;
}

/** Whether a constant is too large to say shapes: tables of integers are not followed. */
export function isTable(arg: Arg | undefined): boolean {
  return arg?.constant !== undefined && sizeOf(arg.constant.dims) > MAX_LENGTHS;
}

/** Contents that arrive unchanged, in the same order: those of a reshaped or renamed value. */
export function sameContents(x: Arg): { readonly y: readonly Dim[] | undefined } {
  return { y: lengthsIn(x) };
}

/** Arithmetic on the contents of two inputs, one of which may be a single number. */
export function combineLengths(
  a: Arg,
  b: Arg,
  f: (a: Dim, b: Dim) => Dim | undefined,
): readonly Dim[] | undefined {
  const [left, right] = [lengthsIn(a), lengthsIn(b)];
  if (a.dtype !== "int64" || left === undefined || right === undefined) return undefined;
  const count = left.length === 1 ? right.length : left.length;
  const out: Dim[] = [];
  for (let i = 0; i < count; i++) {
    const p = left.length === 1 ? left[0] : left[i];
    const q = right.length === 1 ? right[0] : right[i];
    const d = p === undefined || q === undefined ? undefined : f(p, q);
    // A number that has lost digits says nothing.
    if (d === undefined || (typeof d === "number" && !Number.isSafeInteger(d))) return undefined;
    out.push(d);
  }
  return out;
}

/** Quotient of two lengths as integer division gives it, where that is one expression. */
export function divideLengths(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === "number") return typeof b === "number" && b !== 0 ? Math.trunc(a / b) : undefined;
  const exact = dim.divide(a, b);
  // Sums of lengths are never negative, so that cutting off is rounding down; of differences nobody knows.
  if (exact !== undefined || typeof b !== "number" || b <= 0 || a.includes("-")) return exact;
  return dim.floorDiv(a, b);
}
