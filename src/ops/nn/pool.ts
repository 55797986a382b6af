import { type Dim, dim, fail, type Issue, isIssue, issue, unwrap } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import type { Arg } from "../define.js";
import { type RefTensor, ref } from "../reference.js";
import { convInputGrad } from "./conv-grad.js";
import {
  type Sliding,
  sliding,
  tapsOf,
  WINDOW_ATTRIBUTES,
  type WindowAttributes,
  windowRule,
} from "./window.js";

/** Attributes that all pools share. */
export const POOL_ATTRIBUTES = { ...WINDOW_ATTRIBUTES, ceil_mode: attr.int(0) };
export type PoolAttributes = WindowAttributes & { readonly ceil_mode: number };

/** Shape [N, C, out...] of a pool. */
export function pooledShape(x: Arg, attrs: PoolAttributes): Dim[] | Issue {
  const [n, c, ...spatial] = x.shape;
  if (n === undefined || c === undefined || spatial.length === 0) {
    return issue("pool_rank", { expected: "x [N, C, spatial...]", received: dim.format(x.shape) });
  }
  if (attrs.kernel_shape === undefined) {
    return issue("attribute_missing", { expected: "kernel_shape" });
  }
  const rule = windowRule(attrs, spatial, attrs.kernel_shape, attrs.ceil_mode === 1);
  return isIssue(rule) ? rule : [n, c, ...rule.output];
}

/** One operation for each element under the window. */
export function poolCost(y: Arg, attrs: PoolAttributes) {
  return { flops: dim.mul(...y.shape, ...(attrs.kernel_shape ?? [])) };
}

/** The window of a pool over `x`, resolved. */
export function poolWindow(x: Value, attrs: PoolAttributes): Sliding {
  const kernel = attrs.kernel_shape ?? fail("attribute_missing", { expected: "kernel_shape" });
  return sliding(unwrap(windowRule(attrs, x.shape.slice(2), kernel, attrs.ceil_mode === 1)));
}

export interface PoolPlace {
  /** Number of the image and channel. */
  readonly plane: number;
  /** Number of the output place. */
  readonly place: number;
  readonly inputSize: number;
  /** Pairs (kernel place, input place), as `tapsOf` gives them. */
  readonly pairs: readonly number[];
  /** Offset of the plane in the input's data. */
  readonly base: number;
  readonly window: Sliding;
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** Reference of a pool: one value for each window. */
export function poolRef(x: RefTensor, attrs: PoolAttributes, value: (at: PoolPlace) => number): RefTensor {
  const [n = 1, c = 1, ...input] = x.dims;
  const rule = unwrap(windowRule(attrs, input, attrs.kernel_shape ?? [], attrs.ceil_mode === 1));
  const output = rule.output.map(Number);
  const window = sliding(rule);
  const taps = tapsOf(input, output, window);
  const out = ref(x.dtype, [n, c, ...output]);
  const inputSize = sizeOf(input);
  for (let plane = 0; plane < n * c; plane++) {
    for (const [place, pairs] of taps.entries()) {
      out.data[plane * taps.length + place] = value({
        plane,
        place,
        inputSize,
        pairs,
        base: plane * inputSize,
        window,
        input,
        output,
      });
    }
  }
  return out;
}

/** Gradient of a sum over windows: every input place gets `d` of all the windows that it lies in. */
export function spreadWindows(g: Builder, d: Value, x: Value, window: Sliding): Value {
  const channels = x.shape[1];
  if (typeof channels !== "number") {
    return fail("pool_symbolic", { expected: "a static number of channels", received: dim.format(x.shape) });
  }
  const ones = g.Expand(g.scalar(1, x.dtype), g.i64([channels, 1, ...window.kernel]));
  return convInputGrad(g, d, ones, x, { ...window, group: channels });
}
