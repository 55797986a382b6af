import { dim, fail } from "../base/index.js";
import { type DType, isInteger, ONNX_DTYPE, tensor, type Value } from "../ir/index.js";
import { fixedDim, type NetworkBuilder } from "../nn/index.js";
import type { Problem } from "./model.js";
import type { Features } from "./preprocess.js";

/** What numbers a model expects: as in the files (0 to 255 for pixels), divided by 255, or standardised. */
export type InputScale = "raw" | "unit" | "standardized";

/** The value that a model's only input is bound to: the right numbers, layout and type. */
export function adaptedInput(
  g: NetworkBuilder,
  input: Value,
  problem: Problem,
  features: Features,
  raw: ReadonlyMap<string, Value>,
  scale: InputScale,
): Value {
  const x = g.scope("adapt", () => arranged(g, scaled(g, input, problem, features, raw, scale), input));
  return input.dtype === x.dtype ? x : g.Cast(x, { to: dtypeCode(input.dtype) });
}

function dtypeCode(dtype: DType): number {
  return ONNX_DTYPE[dtype] ?? fail("onnx_dtype", { received: dtype });
}

function scaled(
  g: NetworkBuilder,
  input: Value,
  { preprocessing, inputs }: Problem,
  features: Features,
  raw: ReadonlyMap<string, Value>,
  scale: InputScale,
): Value {
  const [only] = inputs;
  const given = only && raw.get(only.name);
  if (given === undefined || inputs.length !== 1 || preprocessing.kind === "table") {
    fail("onnx_inputs", {
      path: input.name,
      expected: `inputs called ${inputs.map((it) => it.name).join(" and ")}`,
      received: `one input, ${input.name}`,
      hint: "a table needs a model with the data set's own inputs",
    });
  }
  if (scale === "standardized") {
    if (features.kind === "image") return features.image;
    if (features.kind === "plain") return features.x;
  }
  let pixels = given;
  if (g.training && features.kind === "image" && preprocessing.kind === "image") {
    // Augmentation works on standardised images; whole pixel values come back by rounding.
    const shape = [1, preprocessing.channels, 1, 1];
    const std = g.constant(tensor("float32", shape, preprocessing.std), "std");
    const mean = g.constant(tensor("float32", shape, preprocessing.mean), "mean");
    pixels = g.Clip(g.Round(g.Add(g.Mul(features.image, std), mean)), g.scalar(0), g.scalar(255));
  }
  if (scale === "raw") return pixels;
  const numbers = pixels.dtype === "float32" ? pixels : g.Cast(pixels, { to: ONNX_DTYPE.float32 });
  return g.Mul(numbers, g.scalar(1 / 255));
}

/** The layout that the input declares: channels last, grey as three channels, or all numbers in a row. */
function arranged(g: NetworkBuilder, x: Value, input: Value): Value {
  const wanted = input.type?.kind === "tensor" ? input.type.shape : undefined;
  if (wanted === undefined) return x;
  const fits = (shape: readonly (number | string)[]) =>
    shape.length === wanted.length &&
    shape.every((d, i) => i === 0 || typeof wanted[i] === "string" || d === wanted[i]);
  if (fits(x.shape)) return x;
  const [n = 1, c, h, w] = x.shape;
  if (x.rank === 4 && c !== undefined && h !== undefined && w !== undefined) {
    const channels = typeof wanted[3] === "number" && fits([n, h, w, wanted[3]]) ? wanted[3] : wanted[1];
    const coloured = c === 1 && channels === 3 ? g.Concat([x, x, x], { axis: 1 }) : x;
    if (fits(coloured.shape)) return coloured;
    const last = [n, h, w, fixedDim(coloured, 1)];
    if (fits(last)) return g.Transpose(coloured, { perm: [0, 2, 3, 1] });
  }
  const rest = wanted.slice(1);
  if (dim.isStatic(rest) && dim.equal(dim.size(rest), dim.size(x.shape.slice(1)))) {
    return g.Reshape(x, g.i64([-1, ...rest]));
  }
  return fail("onnx_input_shape", {
    path: input.name,
    expected: `examples of shape ${dim.format(wanted.slice(1))}, as the model has them`,
    received: `examples of shape ${dim.format(x.shape.slice(1))}`,
    hint: "open the data with the model's image size, or export the model for this size",
  });
}

/** How a model takes its input where the caller does not say. */
export function defaultScale(input: Value, metadata: Readonly<Record<string, string>>): InputScale {
  const described = "morphospace.preprocessing" in metadata;
  return described || isInteger(input.dtype) ? "raw" : "standardized";
}
