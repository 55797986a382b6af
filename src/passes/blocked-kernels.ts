import { type Attribute, Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";

/**
 * ONNX Runtime's own operators on tensors in blocks of channels: [N, C/B, H, W, B] in memory, declared as
 * [N, C, H, W]. It uses them itself for convolutions with constant weights.
 */
export const BLOCKED_DOMAIN = "com.microsoft.nchwc";

export interface BlockedWindow {
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly group?: number;
  readonly relu?: boolean;
}

const ints = (value: readonly number[]): Attribute => ({ type: "ints", value });

function node(
  g: Builder,
  opType: string,
  inputs: readonly (Value | undefined)[],
  shape: readonly number[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Value {
  const name = g.freshName(opType);
  const out = Value.of(g.freshName(`blocked_${opType}`), "float32", shape);
  g.append({ opType, domain: BLOCKED_DOMAIN, name, inputs, outputs: [out], attributes });
  return out;
}

export function toBlocks(g: Builder, x: Value): Value {
  return node(g, "ReorderInput", [x], x.dims);
}

export function fromBlocks(g: Builder, x: Value): Value {
  return node(g, "ReorderOutput", [x], x.dims, { channels: { type: "int", value: x.dims[1] ?? 1 } });
}

/** Filters must be laid out by one of the functions below; a bias is as ever. */
export function blockedConv(
  g: Builder,
  x: Value,
  filters: Value,
  bias: Value | undefined,
  shape: readonly number[],
  window: BlockedWindow,
): Value {
  const { kernel, strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0], group = 1, relu } = window;
  return node(g, "Conv", bias === undefined ? [x, filters] : [x, filters, bias], shape, {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints(pads),
    group: { type: "int", value: group },
    ...(relu === true ? { activation: { type: "string", value: "Relu" } as const } : {}),
  });
}

export function blockedPool(
  g: Builder,
  opType: "MaxPool" | "AveragePool",
  x: Value,
  shape: readonly number[],
  attributes: Readonly<Record<string, Attribute>>,
): Value {
  return node(g, opType, [x], shape, attributes);
}

/** Mean of every plane: [N, C, 1, 1], which is the same in both layouts. */
export function planeMeans(g: Builder, x: Value): Value {
  return node(g, "GlobalAveragePool", [x], [...x.dims.slice(0, 2), 1, 1]);
}

/** Filters [M, C, kh, kw] as [M/B, C/B, kh·kw, B of C, B of M]. */
export function blockedFilters(g: Builder, w: Value, block: number): Value {
  const [m = 1, c = 1, kh = 1, kw = 1] = w.dims;
  const parts = g.Reshape(w, g.i64([m / block, block, c / block, block, kh * kw]));
  return g.Reshape(g.Transpose(parts, { perm: [0, 2, 4, 3, 1] }), g.i64(w.dims));
}

/** Filters over a plain input of few channels, [M, C, kh, kw] as [M/B, C, kh·kw, B]; depthwise ones have C = 1. */
export function outputBlockedFilters(g: Builder, w: Value, block: number): Value {
  const [m = 1, c = 1, kh = 1, kw = 1] = w.dims;
  const parts = g.Reshape(w, g.i64([m / block, block, c * kh * kw]));
  return g.Reshape(g.Transpose(parts, { perm: [0, 2, 1] }), g.i64(w.dims));
}

/** x[c] scale[c] + shift[c], and where asked for the positive part, in one pass: a depthwise 1×1 convolution. */
export function scaleAndShift(g: Builder, x: Value, scale: Value, shift: Value, relu = false): Value {
  const c = x.dims[1] ?? 1;
  const filters = g.Reshape(scale, g.i64([c, 1, 1, 1]));
  return blockedConv(g, x, filters, shift, x.dims, { kernel: [1, 1], group: c, relu });
}
