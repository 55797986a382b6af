import { dim } from "../../base/index.js";
import { sizeOf, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { reshapeTo } from "../tensor/rules.js";
import { type ConvWindow, convBiasGrad } from "./conv-grad.js";
import {
  elementsRead,
  floatValue,
  imageGradient,
  lengthValue,
  linearTaps,
  placeGradients,
  type Reading,
  reading,
  valuesRead,
} from "./reading.js";

interface Inputs {
  readonly x: Value;
  readonly w: Value;
  readonly offset: Value;
  readonly b?: Value | undefined;
  readonly mask?: Value | undefined;
  readonly dy: Value;
}

/**
 * Gradients of a deformable convolution. Its columns (what every tap reads, times its mask) are computed again; then
 * it is a product of filters and columns, and the columns are a reading of the image at the places that the offsets
 * say.
 */
export function deformConvGrad(
  g: Builder,
  { x, w, offset, b, mask, dy }: Inputs,
  window: ConvWindow & { readonly offsetGroup: number },
  needs: (input: "x" | "w" | "offset" | "b" | "mask") => boolean,
): { [K in "x" | "w" | "offset" | "b" | "mask"]?: Value | undefined } {
  const { group, offsetGroup, kernel } = window;
  const [m = 1, perGroup = 1] = w.dims;
  const channels = perGroup * group;
  const each = channels / offsetGroup;
  const taps = sizeOf(kernel);
  const d = g.Reshape(dy, g.i64([0, group, m / group, -1]));
  const bias = b !== undefined && needs("b") ? convBiasGrad(g, dy) : undefined;
  if (!(["x", "w", "offset", "mask"] as const).some(needs)) return { b: bias };

  const read = offsetReading(g, x, offset, channels, window);
  const elements = elementsRead(g, read);
  const values = valuesRead(g, read, elements);
  // [N, offset groups, 1, taps * places]
  const factor = mask && g.Reshape(mask, g.i64([0, offsetGroup, 1, -1]));
  const masked = (v: Value) => (factor === undefined ? v : g.Mul(v, factor));
  const result: ReturnType<typeof deformConvGrad> = { b: bias };
  if (needs("w")) {
    const columns = g.Reshape(masked(values), g.i64([0, group, perGroup * taps, -1]));
    const product = g.MatMul(d, g.Transpose(columns, { perm: [0, 1, 3, 2] }));
    result.w = reshapeTo(g, g.ReduceSum(product, g.i64([0]), { keepdims: 0 }), w.shape);
  }
  if (needs("x") || needs("offset") || needs("mask")) {
    const filters = g.Transpose(reshapeTo(g, w, [group, m / group, perGroup * taps]), { perm: [0, 2, 1] });
    const columns = g.Reshape(g.MatMul(filters, d), g.i64([0, offsetGroup, each, -1]));
    if (mask !== undefined && needs("mask")) {
      const sum = g.ReduceSum(g.Mul(columns, values), g.i64([2]), { keepdims: 0 });
      result.mask = reshapeTo(g, sum, mask.shape, mask);
    }
    const readGrad = g.Unsqueeze(masked(columns), g.i64([3]));
    if (needs("x")) result.x = reshapeTo(g, imageGradient(g, read, readGrad), x.shape, x);
    if (needs("offset")) {
      const parts = placeGradients(g, read, readGrad, elements).map((v) =>
        g.Reshape(v, g.i64([0, offsetGroup, taps, 1, -1])),
      );
      result.offset = reshapeTo(g, g.Concat(parts, { axis: 3 }), offset.shape, offset);
    }
  }
  return result;
}

/** The image read where every tap stands at every place of the result, moved by its offset. */
function offsetReading(
  g: Builder,
  x: Value,
  offset: Value,
  channels: number,
  { kernel, strides, dilations, before, offsetGroup }: ConvWindow & { readonly offsetGroup: number },
): Reading {
  const { dtype } = x;
  const axes = kernel.length;
  const taps = sizeOf(kernel);
  const output = offset.shape.slice(2);
  // [N, offset groups, taps, axes, out...], whatever the lengths of the result are.
  const head = [0, offsetGroup, taps, axes];
  const parts = dim.isStatic(output)
    ? g.Reshape(offset, g.i64([...head, ...output.map(Number)]))
    : g.Reshape(offset, g.Concat([g.i64(head), g.Shape(offset, { start: 2 })], { axis: 0 }));
  const along = kernel.map((_, a) => {
    // Tap k of axis a stands at place * stride - padding + k * dilation.
    const within = tapOffsets(kernel, a).map((k) => k * (dilations[a] ?? 1) - (before[a] ?? 0));
    const tap = g.constant(tensor(dtype, [taps, ...kernel.map(() => 1)], within));
    const count = g.Range(g.i64(0), lengthValue(g, offset, a + 2), g.i64(1));
    const start = g.Mul(floatValue(g, count, dtype), g.scalar(strides[a] ?? 1, dtype));
    const behind = axes - 1 - a;
    const spread =
      behind === 0 ? start : g.Unsqueeze(start, g.i64(Array.from({ length: behind }, (_, i) => i + 1)));
    const moved = g.Gather(parts, g.i64(a), { axis: 3 });
    const place = g.Reshape(g.Add(moved, g.Add(tap, spread)), g.i64([0, offsetGroup, -1]));
    const last = g.Sub(floatValue(g, lengthValue(g, x, a + 2), dtype), g.scalar(1, dtype));
    return linearTaps(g, place, last);
  });
  const image = g.Reshape(x, g.i64([0, channels, -1]));
  const lengths = kernel.map((_, a) => lengthValue(g, x, a + 2));
  return reading(g, image, lengths, along);
}

/** For each tap of a kernel, row-major, its number along one axis. */
function tapOffsets(kernel: readonly number[], axis: number): number[] {
  const behind = sizeOf(kernel.slice(axis + 1));
  const length = kernel[axis] ?? 1;
  return Array.from({ length: sizeOf(kernel) }, (_, k) => Math.floor(k / behind) % length);
}
