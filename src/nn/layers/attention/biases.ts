/** Biases of attention scores that depend on the distance of query and key. */
import { ONNX_DTYPE, tensor, type Value } from "../../../ir/index.js";
import type { Builder } from "../../../ops/index.js";
import { type Definition, sample } from "../../define.js";
import { init } from "../../initializers.js";
import type { NetworkBuilder } from "../../network.js";
import { offsetsOf } from "./masks.js";

/**
 * A learned bias for each head and distance, distances beyond ±longest counted as that (Raffel et al. 2020 without
 * the logarithmic buckets): [heads, L, S].
 */
export function relativePositionBias(
  g: NetworkBuilder,
  queries: Value,
  keys: Value,
  heads: number,
  longest: number,
): Value {
  const table = g.param("relative_bias", [2 * longest + 1, heads], {
    init: init.truncatedNormal(0.02),
    decay: false,
  });
  const offsets = offsetsOf(g, queries, keys);
  const clipped = g.Min([g.Max([offsets, g.i64(-longest)]), g.i64(longest)]);
  const rows = g.Gather(table, g.Add(clipped, g.i64(longest)), { axis: 0 });
  return g.Transpose(rows, { perm: [2, 0, 1] });
}

/**
 * A learned bias for each head and each offset in rows and columns between the patches of a grid (Liu et al. 2021,
 * Swin): [heads, rows·columns, rows·columns].
 */
export function relativePositionBias2d(
  g: NetworkBuilder,
  grid: readonly [rows: number, columns: number],
  heads: number,
): Value {
  const [rows, columns] = grid;
  const places = rows * columns;
  const table = g.param("relative_bias", [(2 * rows - 1) * (2 * columns - 1), heads], {
    init: init.truncatedNormal(0.02),
    decay: false,
  });
  const index = Array.from({ length: places * places }, (_, k) => {
    const [a, b] = [Math.floor(k / places), k % places];
    const dRow = Math.floor(a / columns) - Math.floor(b / columns) + rows - 1;
    const dColumn = (a % columns) - (b % columns) + columns - 1;
    return dRow * (2 * columns - 1) + dColumn;
  });
  const picked = g.Gather(table, g.constant(tensor("int64", [places, places], index), "offsets"), {
    axis: 0,
  });
  return g.Transpose(picked, { perm: [2, 0, 1] });
}

/**
 * Slopes of ALiBi (Press et al. 2022): the geometric series from 2^(−8/n) for n heads, n a power of two; otherwise
 * that of the next lower power, filled up with every other slope of the next higher one.
 */
export function alibiSlopes(heads: number): number[] {
  const series = (n: number) => Array.from({ length: n }, (_, i) => 2 ** ((-8 * (i + 1)) / n));
  const lower = 2 ** Math.floor(Math.log2(heads));
  if (lower === heads) return series(heads);
  const between = series(2 * lower).filter((_, i) => i % 2 === 0);
  return [...series(lower), ...between.slice(0, heads - lower)];
}

/** Attention with linear biases: −slope · distance, fixed, different for each head: [heads, L, S]. */
export function alibiBias(g: Builder, queries: Value, keys: Value, heads: number): Value {
  const distance = g.Abs(g.Cast(offsetsOf(g, queries, keys), { to: ONNX_DTYPE.float32 }));
  const slopes = tensor(
    "float32",
    [heads, 1, 1],
    alibiSlopes(heads).map((s) => -s),
  );
  return g.Mul(distance, g.constant(slopes, "slopes"));
}

const group = "Positional encodings";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "relativePositionBias",
    group,
    doc: "A learned bias of attention scores for each head and distance of query and key.",
    formula: "score[h, i, j] += B[clip(j − i), h]",
    source: "Raffel et al. 2020, arXiv:1910.10683",
    samples: [
      sample({ q: ["N", 4, 2], k: ["N", 3, 2] }, [2, 4, 3], (g, { q, k }) =>
        relativePositionBias(g, q, k, 2, 2),
      ),
    ],
  },
  {
    kind: "layer",
    name: "relativePositionBias2d",
    group,
    doc: "A learned bias of attention scores for each head and offset in rows and columns.",
    source: "Liu et al. 2021, arXiv:2103.14030",
    samples: [sample({}, [2, 6, 6], (g) => relativePositionBias2d(g, [2, 3], 2))],
  },
  {
    kind: "layer",
    name: "alibiBias",
    group,
    doc: "Attention with linear biases: scores fall with the distance, each head at its own rate.",
    formula: "score[h, i, j] −= 2^(−8h/H) · |i − j|",
    source: "Press et al. 2022, arXiv:2108.12409",
    samples: [sample({ q: ["N", 3, 2], k: ["N", 4, 2] }, [4, 3, 4], (g, { q, k }) => alibiBias(g, q, k, 4))],
  },
];
