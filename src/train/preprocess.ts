import type { Preprocessing } from "../data/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";

/** What a network's body receives: raw inputs after preprocessing. */
export type Features =
  | { readonly kind: "image" /** [N, C, H, W], normalised. */; readonly image: Value }
  | {
      readonly kind: "table";
      /** [N, F]: normalised numbers, then a 0/1 column for each column that may be missing. */
      readonly numeric: Value | undefined;
      /** Codes [N] (int64), each with the number of codes that can occur. */
      readonly categorical: readonly { readonly codes: Value; readonly count: number }[];
    }
  | { readonly kind: "plain"; readonly x: Value };

/**
 * The operators that turn raw inputs into features. They are part of the network, so the exported file takes
 * raw data: nothing has to be repeated, or forgotten, where the model is used.
 */
export function preprocess(g: Builder, raw: ReadonlyMap<string, Value>, spec: Preprocessing): Features {
  return g.scope("preprocess", (): Features => {
    if (spec.kind === "image") {
      const shape = [1, spec.mean.length, 1, 1];
      return {
        kind: "image",
        image: standardize(g, floats(g, need(raw, "image")), spec.mean, spec.std, shape),
      };
    }
    if (spec.kind === "plain") {
      const x = floats(g, need(raw, "x"));
      const shape = spec.mean.length === 1 ? [] : [1, spec.mean.length];
      return { kind: "plain", x: standardize(g, x, spec.mean, spec.std, shape) };
    }
    const categorical = spec.categorical.map((column, i) => {
      const codes = g.Gather(need(raw, "categorical"), g.i64(i), { axis: 1 });
      const count = column.categories.length + 1;
      // A code that cannot occur counts as unknown.
      const known = g.And(g.GreaterOrEqual(codes, g.i64(0)), g.Less(codes, g.i64(count)));
      return { codes: g.Where(known, codes, g.i64(0)), count };
    });
    return { kind: "table", numeric: numericFeatures(g, raw, spec.numeric), categorical };
  });
}

function numericFeatures(
  g: Builder,
  raw: ReadonlyMap<string, Value>,
  columns: readonly { readonly mean: number; readonly std: number; readonly missing: number }[],
): Value | undefined {
  if (columns.length === 0) return undefined;
  const x = need(raw, "numeric");
  const shape = [1, columns.length];
  const absent = g.IsNaN(x);
  const z = standardize(
    g,
    x,
    columns.map((c) => c.mean),
    columns.map((c) => c.std),
    shape,
  );
  // A missing number becomes the mean; far outliers are cut at eight standard deviations.
  const filled = g.Clip(g.Where(absent, g.scalar(0), z), g.scalar(-8), g.scalar(8));
  const gaps = columns.flatMap((c, i) => (c.missing > 0 ? [i] : []));
  if (gaps.length === 0) return filled;
  const flags = g.Cast(g.Gather(absent, g.i64(gaps), { axis: 1 }), { to: ONNX_DTYPE.float32 });
  return g.Concat([filled, flags], { axis: 1 });
}

function need(raw: ReadonlyMap<string, Value>, name: string): Value {
  const value = raw.get(name);
  if (value === undefined) throw new Error(`the data set has no input ${name}`);
  return value;
}

function floats(g: Builder, x: Value): Value {
  return x.dtype === "float32" ? x : g.Cast(x, { to: ONNX_DTYPE.float32 });
}

function standardize(
  g: Builder,
  x: Value,
  mean: readonly number[],
  std: readonly number[],
  shape: readonly number[],
): Value {
  const centre = g.constant(tensor("float32", shape, mean), "mean");
  const scale = g.constant(
    tensor(
      "float32",
      shape,
      std.map((s) => 1 / s),
    ),
    "inverse_std",
  );
  return g.Mul(g.Sub(x, centre), scale);
}
