import { fail } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

/** 0, 1, …, length − 1 of an axis as int64 [L]: a constant where the length is known when the network is built. */
export function positionsOf(g: Builder, x: Value, axis: number): Value {
  const at = axis < 0 ? x.rank + axis : axis;
  const length = x.shape[at];
  if (typeof length === "number") {
    return g.constant(
      tensor(
        "int64",
        [length],
        Array.from({ length }, (_, i) => i),
      ),
      "positions",
    );
  }
  const size = g.Squeeze(g.Shape(x, { start: at, end: at + 1 }), g.i64([0]));
  return g.Range(g.i64(0), size, g.i64(1));
}

/**
 * Adds a learned vector to each place: x [N, L, C].
 * @param longest length of the table where L is a symbol
 */
export function learnedPositions(g: NetworkBuilder, x: Value, longest?: number): Value {
  const [length, width] = [x.shape[1], fixedDim(x, 2)];
  const rows = longest ?? length;
  if (typeof rows !== "number") {
    fail("positions_length", {
      path: x.name,
      expected: "a fixed length, or the longest one",
      received: `${length}`,
      hint: "give learnedPositions the longest length",
    });
  }
  const table = g.param("positions", [rows, width], { init: init.truncatedNormal(0.02), decay: false });
  return g.Add(x, rows === length ? table : g.Gather(table, positionsOf(g, x, 1), { axis: 0 }));
}

/** Adds sines and cosines of the place, of wavelengths 2π to 2π·base: x [N, L, C] (Vaswani et al. 2017, 3.5). */
export function sinusoidalPositions(g: Builder, x: Value, options: { readonly base?: number } = {}): Value {
  const width = evenWidth(x);
  const waves = wavesOf(g, positionsOf(g, x, 1), width, options.base ?? 10_000);
  // Sine and cosine of one frequency stand side by side: 2i and 2i + 1.
  const pairs = g.Concat([g.Unsqueeze(g.Sin(waves), g.i64([2])), g.Unsqueeze(g.Cos(waves), g.i64([2]))], {
    axis: 2,
  });
  return g.Add(x, g.Reshape(pairs, g.i64([-1, width])));
}

/**
 * Adds fixed sines and cosines of row and column to patches x [N, rows·columns, C], C a multiple of 4: the first half
 * of the channels tells the column, the second the row (Dosovitskiy et al. 2021, as in later ViTs).
 */
export function sinCosPositions2d(
  g: Builder,
  x: Value,
  grid: readonly [rows: number, columns: number],
  options: { readonly base?: number } = {},
): Value {
  const [rows, columns] = grid;
  const width = fixedDim(x, 2);
  if (width % 4 !== 0) {
    fail("positions_width", { path: x.name, expected: "a multiple of 4 channels", received: `${width}` });
  }
  if (fixedDim(x, 1) !== rows * columns) {
    fail("positions_grid", {
      path: x.name,
      expected: `${rows}·${columns} places`,
      received: `${fixedDim(x, 1)}`,
      hint: "add the class token afterwards",
    });
  }
  const quarter = width / 4;
  const data = new Float64Array(rows * columns * width);
  for (let place = 0; place < rows * columns; place++) {
    const [row, column] = [Math.floor(place / columns), place % columns];
    [column, row].forEach((at, half) => {
      for (let i = 0; i < quarter; i++) {
        const angle = at / (options.base ?? 10_000) ** (i / quarter);
        data[place * width + half * 2 * quarter + i] = Math.sin(angle);
        data[place * width + half * 2 * quarter + quarter + i] = Math.cos(angle);
      }
    });
  }
  return g.Add(x, g.constant(tensor("float32", [rows * columns, width], data), "positions"));
}

/**
 * Rotary positions (Su et al. 2021): pairs of channels of x [..., L, D] are turned by an angle that grows with the
 * place, so that products of queries and keys depend on their distance alone. Channel i is paired with D/2 + i.
 */
export function rotaryPositions(g: Builder, x: Value, options: { readonly base?: number } = {}): Value {
  const width = evenWidth(x);
  const angles = wavesOf(g, positionsOf(g, x, -2), width, options.base ?? 10_000);
  const [cos, sin] = [g.Cos(angles), g.Sin(angles)];
  const [a, b] = g.Split(x, undefined, { axis: -1, num_outputs: 2 });
  if (a === undefined || b === undefined) return fail("output_missing", { path: "Split" });
  return g.Concat([g.Sub(g.Mul(a, cos), g.Mul(b, sin)), g.Add(g.Mul(b, cos), g.Mul(a, sin))], { axis: -1 });
}

/** Place times base^(−2i/width): [L, width/2]. */
function wavesOf(g: Builder, positions: Value, width: number, base: number): Value {
  const frequencies = Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width));
  if (positions.data !== undefined) {
    const length = positions.dims[0] ?? 0;
    const data = Float64Array.from({ length: (length * width) / 2 }, (_, k) => {
      return Math.floor((2 * k) / width) * (frequencies[k % (width / 2)] ?? 0);
    });
    return g.constant(tensor("float32", [length, width / 2], data), "angles");
  }
  const column = g.Unsqueeze(g.Cast(positions, { to: 1 }), g.i64([1]));
  return g.Mul(column, g.constant(tensor("float32", [width / 2], frequencies)));
}

function evenWidth(x: Value): number {
  const width = fixedDim(x, -1);
  return width % 2 === 0
    ? width
    : fail("positions_width", { path: x.name, expected: "an even number of channels", received: `${width}` });
}

const group = "Positional encodings";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "learnedPositions",
    group,
    doc: "Adds a learned vector to each place.",
    formula: "y[t] = x[t] + P[t]",
    samples: [
      sample({ x: ["N", 3, 4] }, ["N", 3, 4], (g, { x }) => learnedPositions(g, x)),
      sample({ x: ["N", 3, 4] }, ["N", 3, 4], (g, { x }) => learnedPositions(g, x, 5)),
    ],
  },
  {
    kind: "layer",
    name: "sinusoidalPositions",
    group,
    doc: "Adds sines and cosines of the place.",
    formula: "y[t, 2i] = x + sin(t / 10000^(2i/C)), y[t, 2i+1] = x + cos(…)",
    source: "Vaswani et al. 2017, arXiv:1706.03762",
    samples: [sample({ x: ["N", 3, 6] }, ["N", 3, 6], (g, { x }) => sinusoidalPositions(g, x))],
  },
  {
    kind: "layer",
    name: "sinCosPositions2d",
    group,
    doc: "Adds fixed sines and cosines of row and column to patches.",
    source: "Dosovitskiy et al. 2021, arXiv:2010.11929; Chen et al. 2021, arXiv:2104.02057",
    samples: [sample({ x: ["N", 6, 8] }, ["N", 6, 8], (g, { x }) => sinCosPositions2d(g, x, [2, 3]))],
  },
  {
    kind: "layer",
    name: "rotaryPositions",
    group,
    doc: "Turns pairs of channels by an angle that grows with the place: products then depend on distances.",
    formula: "(a, b) → (a cos tθ − b sin tθ, b cos tθ + a sin tθ), θᵢ = base^(−2i/D)",
    source: "Su et al. 2021, arXiv:2104.09864",
    samples: [sample({ x: ["N", 2, 3, 4] }, ["N", 2, 3, 4], (g, { x }) => rotaryPositions(g, x))],
  },
];
