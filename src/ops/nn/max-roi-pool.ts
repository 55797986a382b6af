import { dim, fail, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { filledLike } from "../tensor/rules.js";
import { floatValue, lengthValue } from "./reading.js";

const ATTRIBUTES = { pooled_shape: attr.ints(), spatial_scale: attr.float(1) };
type Attributes = AttributeValues<typeof ATTRIBUTES>;

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Regions of x [N, C, H, W], rows of `rois` [R, 5]: number of the image, x1, y1, x2, y2 (the last ones included);
     * gives the largest element of each bin, [R, C, pooled_shape...].
     */
    MaxRoiPool(
      x: Value,
      rois: Value,
      attrs: { pooled_shape: readonly number[]; spatial_scale?: number },
    ): Value;
  }
}

/**
 * Largest elements of the bins of regions (Girshick 2015, arXiv:1504.08083, section 2.1). Corners are rounded to whole
 * elements, so that nothing flows to them; RoiAlign has gradients there.
 */
export const MaxRoiPool = defineOp({
  type: "MaxRoiPool",
  since: 1,
  doc: "Regions of an image, rounded to whole elements, as the largest element of each of their bins.",
  inputs: ["x", "rois"],
  outputs: ["y"],
  attributes: ATTRIBUTES,
  infer({ x, rois }, { pooled_shape: pooled }) {
    const [regions, five] = rois.shape;
    const channels = x.shape[1];
    const wrong = x.shape.length !== 4 || rois.shape.length !== 2 || dim.conflict(five ?? 5, 5);
    if (wrong || channels === undefined || regions === undefined) {
      return issue("roi_shape", {
        expected: "x [N, C, H, W] and rois [R, 5] (image, x1, y1, x2, y2)",
        received: `${dim.format(x.shape)} and ${dim.format(rois.shape)}`,
      });
    }
    if (pooled?.length !== 2 || pooled.some((d) => d < 1)) {
      return issue("roi_size", {
        expected: "pooled_shape of two integers of at least 1",
        received: pooled === undefined ? "none" : `[${pooled}]`,
      });
    }
    return { y: { dtype: x.dtype, shape: [regions, channels, ...pooled] } };
  },
  // The bins of a region that fills the image read every element once.
  cost: ({ x, rois }) => ({ flops: dim.mul(rois.shape[0] ?? 1, ...x.shape.slice(1)) }),
  evaluate({ x, rois }, attrs) {
    const [, channels = 1, height = 1, width = 1] = x.dims;
    const [rows = 1, columns = 1] = attrs.pooled_shape ?? [];
    const y = ref(x.dtype, [rois.dims[0] ?? 0, channels, rows, columns]);
    y.data.forEach((_, flat) => {
      const bin = flat % (rows * columns);
      const plane = Math.floor(flat / (rows * columns));
      const at = Math.floor(plane / channels) * 5;
      const corner = (i: number) => roundHalfAway((rois.data[at + i] ?? 0) * attrs.spatial_scale);
      const across = binAt(corner(1), corner(3), bin % columns, columns, width);
      const down = binAt(corner(2), corner(4), Math.floor(bin / columns), rows, height);
      const from = ((rois.data[at] ?? 0) * channels + (plane % channels)) * height * width;
      let best = Number.NEGATIVE_INFINITY;
      for (let row = down[0]; row < down[1]; row++) {
        for (let column = across[0]; column < across[1]; column++) {
          best = Math.max(best, x.data[from + row * width + column] ?? 0);
        }
      }
      y.data[flat] = best === Number.NEGATIVE_INFINITY ? 0 : best;
    });
    return { y };
  },
  // The windows of all bins are gathered, the shorter ones ending in copies of their last element; each bin's
  // gradient goes to its largest element, the first of equal ones.
  grad(g, { x, rois }, { y: dy }, { attrs, needs }) {
    const channels = x.shape[1];
    if (dy === undefined || !needs("x")) return {};
    if (typeof channels !== "number") {
      return fail("roi_symbolic", {
        expected: "a static number of channels to differentiate MaxRoiPool",
        received: dim.format(x.shape),
        hint: "lengths of images may be open, channels may not: give them as a number",
      });
    }
    const [rows = 1, columns = 1] = attrs.pooled_shape ?? [];
    const [height, width] = [lengthValue(g, x, 2), lengthValue(g, x, 3)];
    const down = windowsAlong(g, rois, { corner: 2, bins: rows, length: height }, attrs);
    const across = windowsAlong(g, rois, { corner: 1, bins: columns, length: width }, attrs);
    const image = g.Cast(g.Gather(rois, g.i64([0]), { axis: 1 }), { to: 7 });
    const first = g.Unsqueeze(g.Mul(image, g.Mul(height, width)), g.i64([2, 3, 4]));
    // [regions, rows, columns, down, across], then a column for the elements of a window.
    const index = g.Add(
      first,
      g.Add(g.Mul(g.Unsqueeze(down.index, g.i64([2, 4])), width), g.Unsqueeze(across.index, g.i64([1, 3]))),
    );
    const size = g.Mul(g.Shape(down.index, { start: 2 }), g.Shape(across.index, { start: 2 }));
    const windows = g.Reshape(index, g.Concat([g.i64([1, -1]), size], { axis: 0 }));
    const every = g.Expand(windows, g.i64([channels, 1, 1]));
    const flat = g.Reshape(g.Transpose(x, { perm: [1, 0, 2, 3] }), g.i64([channels, -1]));
    const found = g.GatherElements(flat, g.Reshape(every, g.i64([channels, -1])), { axis: 1 });
    const best = g.ArgMax(g.Reshape(found, g.Shape(every)), { axis: 2, keepdims: 1 });
    const chosen = g.Squeeze(g.GatherElements(every, best, { axis: 2 }), g.i64([2]));
    const filled = g.Mul(g.Unsqueeze(down.filled, g.i64([2])), g.Unsqueeze(across.filled, g.i64([1])));
    const shares = g.Transpose(g.Mul(dy, g.Unsqueeze(filled, g.i64([1]))), { perm: [1, 0, 2, 3] });
    const sum = g.ScatterElements(filledLike(g, flat), chosen, g.Reshape(shares, g.i64([channels, -1])), {
      axis: 1,
      reduction: "add",
    });
    const part = (axis: number) => g.Shape(x, { start: axis, end: axis + 1 });
    const whole = g.Reshape(sum, g.Concat([part(1), part(0), part(2), part(3)], { axis: 0 }));
    return { x: g.Transpose(whole, { perm: [1, 0, 2, 3] }) };
  },
  samples: [
    pooled([1, 2, 6, 7], [0, 1, 1, 4, 5], { pooled_shape: [2, 2] }),
    pooled([2, 3, 6, 6], [1, 0, 0, 5, 5, 0, 2, 1, 3, 4, 1, 3, 3, 9, 8], { pooled_shape: [3, 2] }),
    pooled([1, 2, 5, 5], [0, 1.2, -2.6, 8.9, 6.1, 0, 20, 20, 24, 24], {
      pooled_shape: [2, 3],
      spatial_scale: 0.5,
    }),
  ],
});

function pooled(x: readonly number[], rois: readonly number[], attrs: Record<string, unknown>) {
  return {
    inputs: { x, rois: { dims: [rois.length / 5, 5], values: rois.map(Math.fround), feed: true } },
    attrs,
    grad: ["x"],
  };
}

function roundHalfAway(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

/** First and last place (the last excluded) of one bin, within the image. */
function binAt(start: number, end: number, bin: number, bins: number, length: number): [number, number] {
  const size = Math.max(end - start + 1, 1) / bins;
  const held = (v: number) => Math.min(Math.max(v + start, 0), length);
  return [held(Math.floor(bin * size)), held(Math.ceil((bin + 1) * size))];
}

/**
 * The places that every bin covers along one axis, int64 [regions, bins, as many as the largest has], and a 1 for every
 * bin that covers any.
 */
function windowsAlong(
  g: Builder,
  rois: Value,
  { corner, bins, length }: { readonly corner: number; readonly bins: number; readonly length: Value },
  attrs: Attributes,
): { index: Value; filled: Value } {
  const { dtype } = rois;
  const scalar = (v: number) => g.scalar(v, dtype);
  const rounded = (column: number) => {
    const scaled = g.Mul(g.Gather(rois, g.i64([column]), { axis: 1 }), scalar(attrs.spatial_scale));
    return g.Mul(g.Sign(scaled), g.Floor(g.Add(g.Abs(scaled), scalar(0.5))));
  };
  const [start, end] = [rounded(corner), rounded(corner + 2)];
  const size = g.Div(g.Max([g.Add(g.Sub(end, start), scalar(1)), scalar(1)]), scalar(bins));
  const numbers = (count: Value) => floatValue(g, g.Range(g.i64(0), count, g.i64(1)), dtype);
  const bin = numbers(g.i64(bins));
  const last = floatValue(g, length, dtype);
  const held = (v: Value) => g.Unsqueeze(g.Clip(g.Add(v, start), scalar(0), last), g.i64([2]));
  const from = held(g.Floor(g.Mul(bin, size)));
  const to = held(g.Ceil(g.Mul(g.Add(bin, scalar(1)), size)));
  const most = g.Max([g.ReduceMax(g.Sub(to, from), undefined, { keepdims: 0 }), scalar(1)]);
  const place = g.Min([g.Add(from, numbers(g.Cast(most, { to: 7 }))), g.Sub(to, scalar(1))]);
  const inside = g.Clip(place, scalar(0), g.Sub(last, scalar(1)));
  return {
    index: g.Cast(inside, { to: 7 }),
    filled: floatValue(g, g.Squeeze(g.Greater(to, from), g.i64([2])), dtype),
  };
}
