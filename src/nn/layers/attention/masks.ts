/** Who may look at whom: boolean masks and additive biases of attention scores [N, heads, queries, keys]. */
import { fail } from "../../../base/index.js";
import { numbersOf, ONNX_DTYPE, tensor, type Value } from "../../../ir/index.js";
import type { Builder } from "../../../ops/index.js";
import { positionsOf } from "../positions.js";

/** Added to a score that must not count. Finite, so that a row without any key stays a number. */
export const MASKED = -1e9;

/** Place of the key less place of the query, int64 [L, S]; a constant where both lengths are known. */
export function offsetsOf(g: Builder, queries: Value, keys: Value): Value {
  const [l, s] = [queries.shape.at(-2), keys.shape.at(-2)];
  if (typeof l === "number" && typeof s === "number") {
    const data = Array.from({ length: l * s }, (_, k) => (k % s) - Math.floor(k / s));
    return g.constant(tensor("int64", [l, s], data), "offsets");
  }
  const rows = g.Unsqueeze(positionsOf(g, queries, -2), g.i64([1]));
  return g.Sub(g.Unsqueeze(positionsOf(g, keys, -2), g.i64([0])), rows);
}

/**
 * Boolean [L, S]: true where the key is not later than the query (`causal`), and less than `window` places away.
 */
export function bandMask(
  g: Builder,
  queries: Value,
  keys: Value,
  options: { readonly causal?: boolean; readonly window?: number },
): Value | undefined {
  const { causal = false, window } = options;
  if (!causal && window === undefined) return undefined;
  if (window !== undefined && !(Number.isInteger(window) && window >= 1)) {
    fail("attention_window", { expected: "a whole number of places, at least 1", received: `${window}` });
  }
  const offsets = offsetsOf(g, queries, keys);
  if (offsets.data !== undefined) {
    const near = (d: number) => (!causal || d <= 0) && (window === undefined || Math.abs(d) < window);
    const data = Array.from(numbersOf(offsets.data), (d) => (near(d) ? 1 : 0));
    return g.constant(tensor("bool", offsets.dims, data), "band");
  }
  const parts = [
    ...(causal ? [g.LessOrEqual(offsets, g.i64(0))] : []),
    ...(window === undefined ? [] : [g.Less(g.Abs(offsets), g.i64(window))]),
  ];
  return parts.reduce((a, b) => g.And(a, b));
}

/** A mask [L, S], [N, L, S] or [N, heads, L, S] with axes put in, so that it broadcasts against scores. */
export function overScores(g: Builder, mask: Value, what: string): Value {
  if (mask.rank === 2 || mask.rank === 4) return mask;
  if (mask.rank === 3) return g.Unsqueeze(mask, g.i64([1]));
  return fail("attention_mask", {
    path: mask.name,
    expected: `a ${what} [queries, keys], [N, queries, keys] or [N, heads, queries, keys]`,
    received: `rank ${mask.rank}`,
  });
}

export interface MaskOptions {
  /** Boolean [N, keys]: true where there is a key (padding is false). */
  readonly keyMask?: Value;
  /** Boolean [L, S], [N, L, S] or [N, heads, L, S]: true where the query may see the key. */
  readonly mask?: Value;
  /** Queries see no later key. */
  readonly causal?: boolean;
  /** Queries see keys less than so many places away (sliding window). */
  readonly window?: number;
}

/** What masks come to: a bias to add to the scores, and, where rows may be empty, 1 or 0 for each row. */
export interface Masking {
  readonly bias?: Value;
  /** Float, 0 for queries that see no key: their result is made zeros. */
  readonly alive?: Value;
}

/** Combine all masks of one attention; `queries` and `keys` are [..., L, D] and [..., S, D]. */
export function maskingOf(g: Builder, queries: Value, keys: Value, options: MaskOptions): Masking {
  const { keyMask, mask } = options;
  const band = bandMask(g, queries, keys, options);
  if (keyMask === undefined && mask === undefined) {
    if (band === undefined) return {};
    if (band.data === undefined) return { bias: hidden(g, g.Cast(band, { to: ONNX_DTYPE.float32 })) };
    const data = Float64Array.from(numbersOf(band.data), (seen) => (seen === 0 ? MASKED : 0));
    return { bias: g.constant(tensor("float32", band.dims, data), "mask") };
  }
  if (keyMask !== undefined && keyMask.rank !== 2) {
    fail("attention_mask", {
      path: keyMask.name,
      expected: "a key mask [N, keys]",
      received: `rank ${keyMask.rank}`,
    });
  }
  const all = [
    ...(keyMask === undefined ? [] : [g.Unsqueeze(keyMask, g.i64([1, 2]))]),
    ...(mask === undefined ? [] : [overScores(g, mask, "mask")]),
    ...(band === undefined ? [] : [band]),
  ].reduce((a, b) => g.And(a, b));
  const seen = g.Cast(all, { to: ONNX_DTYPE.float32 });
  return { bias: hidden(g, seen), alive: g.ReduceMax(seen, g.i64([-1]), { keepdims: 1 }) };
}

/** 0 where seen is 1, {@link MASKED} where it is 0. */
function hidden(g: Builder, seen: Value): Value {
  return g.Mul(g.Sub(g.scalar(1), seen), g.scalar(MASKED));
}
