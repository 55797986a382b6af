import { dim, isIssue } from "../../base/index.js";
import { sizeOf, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { eachIndex } from "../reference.js";
import {
  POOL_ATTRIBUTES,
  type PoolAttributes,
  poolCost,
  pooledShape,
  poolRef,
  poolWindow,
  spreadWindows,
} from "./pool.js";
import type { Sliding, WindowOptions } from "./window.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Mean under each window of x [N, C, spatial...]; padding counts only where `count_include_pad` is 1. */
    AveragePool(
      x: Value,
      attrs: WindowOptions & {
        kernel_shape: readonly number[];
        ceil_mode?: 0 | 1;
        count_include_pad?: 0 | 1;
      },
    ): Value;
  }
}

/** Mean of the elements under each window. */
export const AveragePool = defineOp({
  type: "AveragePool",
  since: 11,
  doc: "Mean of the elements under each window; padding counts as zeros where count_include_pad is set.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { ...POOL_ATTRIBUTES, count_include_pad: attr.int(0) },
  infer({ x }, attrs) {
    const shape = pooledShape(x, attrs);
    return isIssue(shape) ? shape : { y: { dtype: x.dtype, shape } };
  },
  cost: (_, { y }, attrs) => poolCost(y, attrs),
  evaluate({ x }, attrs) {
    let counts: readonly number[] | undefined;
    return {
      y: poolRef(x, attrs, ({ base, place, pairs, window, input, output }) => {
        let sum = 0;
        for (let t = 1; t < pairs.length; t += 2) sum += x.data[base + (pairs[t] ?? 0)] ?? 0;
        if (attrs.count_include_pad !== 1) return sum / (pairs.length / 2);
        counts ??= windowCounts(input, output, window, true);
        return sum / (counts[place] ?? 1);
      }),
    };
  },
  // Each element of a window gets its share of the window's gradient.
  grad(g, { x }, { y: dy }, { attrs, outputs }) {
    if (dy === undefined) return {};
    const window = poolWindow(x, attrs);
    return { x: spreadWindows(g, g.Div(dy, divisor(g, x, outputs.y, window, attrs)), x, window) };
  },
  samples: [
    { inputs: { x: [2, 2, 4, 6] }, attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    { inputs: { x: [1, 2, 5, 4] }, attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
    {
      inputs: { x: [1, 2, 5, 4] },
      attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
    },
    { inputs: { x: [1, 2, 6, 5] }, attrs: { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 } },
    {
      inputs: { x: [1, 2, 6, 6] },
      attrs: {
        kernel_shape: [3, 3],
        strides: [2, 2],
        pads: [1, 0, 0, 0],
        ceil_mode: 1,
        count_include_pad: 1,
      },
    },
    { inputs: { x: [1, 2, 7, 7] }, attrs: { kernel_shape: [2, 3], dilations: [3, 2], strides: [1, 2] } },
    { inputs: { x: [1, 2, 5, 6] }, attrs: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" } },
    { inputs: { x: [2, 2, 7] }, attrs: { kernel_shape: [3], strides: [2], pads: [1, 0] } },
    { inputs: { x: [1, 1, 3, 4, 3] }, attrs: { kernel_shape: [2, 2, 2], pads: [1, 0, 0, 0, 0, 1] } },
  ],
});

/** For each output place, the input places under its window; with padding, those up to the padded end. */
function windowCounts(
  input: readonly number[],
  output: readonly number[],
  window: Sliding,
  padding: boolean,
): number[] {
  const along = input.map((length, i) => {
    const before = window.before[i] ?? 0;
    const [low, high] = padding ? [-before, length + (window.after[i] ?? 0)] : [0, length];
    return Array.from({ length: output[i] ?? 1 }, (_, o) => {
      let count = 0;
      for (let k = 0; k < (window.kernel[i] ?? 1); k++) {
        const at = o * (window.strides[i] ?? 1) - before + k * (window.dilations[i] ?? 1);
        if (at >= low && at < high) count++;
      }
      return count;
    });
  });
  const counts: number[] = [];
  eachIndex(output, (index) => {
    counts.push(index.reduce((product, o, i) => product * (along[i]?.[o] ?? 1), 1));
  });
  return counts;
}

/** What each window's sum is divided by: a number where it is the same for all, else [out...]. */
function divisor(
  g: Builder,
  x: Value,
  y: Value,
  window: Sliding,
  attrs: PoolAttributes & { count_include_pad: number },
) {
  const taps = sizeOf(window.kernel);
  const padded = [...window.before, ...window.after].some((p) => p > 0);
  const whole = attrs.ceil_mode !== 1 && (!padded || attrs.count_include_pad === 1);
  if (whole) return g.scalar(taps, x.dtype);
  const [input, output] = [x.shape.slice(2), y.shape.slice(2)];
  if (dim.isStatic(input) && dim.isStatic(output)) {
    const counts = windowCounts(input, output, window, attrs.count_include_pad === 1);
    if (new Set(counts).size === 1) return g.scalar(counts[0] ?? taps, x.dtype);
    return g.constant(tensor(x.dtype, output, counts), "counts");
  }
  // Symbolic lengths: the sums of ones under the windows, rounded up by a stride's rest behind the end.
  const { kernel, strides, dilations, before, after } = window;
  const one = g.scalar(1, x.dtype);
  const ones = g.Expand(one, g.Concat([g.i64([1, 1]), g.Shape(x, { start: 2 })], { axis: 0 }));
  const rest = strides.map((stride) => (attrs.ceil_mode === 1 ? stride - 1 : 0));
  const inside = attrs.count_include_pad === 1;
  const counted = inside ? g.Pad(ones, g.i64([0, 0, ...before, 0, 0, ...after]), one) : ones;
  return g.Conv(counted, g.Expand(one, g.i64([1, 1, ...kernel])), {
    strides,
    dilations,
    pads: inside
      ? [...before.map(() => 0), ...rest]
      : [...before, ...after.map((p, i) => p + (rest[i] ?? 0))],
  });
}
