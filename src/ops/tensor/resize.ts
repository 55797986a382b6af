import { type Dim, dim, fail, type Issue, isIssue, issue, type Shape } from "../../base/index.js";
import { numbersOf, tensor, type Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { eachIndex, type RefTensor, ref, stridesOf } from "../reference.js";
import { type ResizeAxis, type ResizeRule, resizeMatrix } from "./resize-weights.js";
import { axesOf, integersOf, offsetOf, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `x` resampled to `sizes`, or by `scales` (give one of the two), over all axes or those of `axes`. */
    Resize(
      x: Value,
      roi: Value | undefined,
      scales: Value | undefined,
      sizes?: Value,
      attrs?: {
        mode?: "nearest" | "linear" | "cubic";
        coordinate_transformation_mode?:
          | "half_pixel"
          | "half_pixel_symmetric"
          | "pytorch_half_pixel"
          | "align_corners"
          | "asymmetric"
          | "tf_crop_and_resize";
        nearest_mode?: "round_prefer_floor" | "round_prefer_ceil" | "floor" | "ceil";
        cubic_coeff_a?: number;
        exclude_outside?: 0 | 1;
        extrapolation_value?: number;
        antialias?: 0 | 1;
        axes?: readonly number[];
        keep_aspect_ratio_policy?: "stretch" | "not_larger" | "not_smaller";
      },
    ): Value;
  }
}

const ATTRIBUTES = {
  antialias: attr.int(0),
  axes: attr.ints(),
  coordinate_transformation_mode: attr.string("half_pixel"),
  cubic_coeff_a: attr.float(-0.75),
  exclude_outside: attr.int(0),
  extrapolation_value: attr.float(0),
  keep_aspect_ratio_policy: attr.string("stretch"),
  mode: attr.string("nearest"),
  nearest_mode: attr.string("round_prefer_floor"),
};
type Attributes = AttributeValues<typeof ATTRIBUTES>;

/** Resampling of a grid. Every mode is linear and separable: a matrix for each axis that changes. */
export const Resize = defineOp({
  type: "Resize",
  since: 11,
  doc: "The input resampled to other lengths: nearest, linear or cubic.",
  inputs: ["x", "roi?", "scales?", "sizes?"],
  outputs: ["y"],
  attributes: ATTRIBUTES,
  infer({ x, scales, sizes }, attrs) {
    const byScale = given(integersOf(scales));
    const bySize = given(integersOf(sizes));
    if (byScale === undefined && bySize === undefined) {
      if (scales === undefined && sizes === undefined) {
        return issue("resize_target", { expected: "scales or sizes", received: "neither" });
      }
      return { y: { dtype: x.dtype, shape: unknownShape(x.shape.length) } };
    }
    const plan = planOf(x.shape, byScale, bySize, attrs);
    return isIssue(plan) ? plan : { y: { dtype: x.dtype, shape: plan.shape } };
  },
  cost({ x }, { y }, { mode }) {
    const changed = x.shape.filter((d, i) => d !== y.shape[i]).length;
    const taps = mode === "nearest" ? 0 : mode === "linear" ? 2 : 4;
    return { flops: dim.mul(dim.size(y.shape), 2 * taps ** Math.max(1, changed)) };
  },
  evaluate({ x, roi, scales, sizes }, attrs) {
    const list = (t: RefTensor | undefined) => given(t && Array.from(t.data));
    const axes = axesWanted(x.dims, list(roi), list(scales), list(sizes), attrs);
    if (isIssue(axes)) return fail(axes.code, axes);
    let y = x;
    const outside: { axis: number; rows: boolean[] }[] = [];
    for (const { axis, ...spec } of axes) {
      const made = resizeMatrix(spec, ruleOf(attrs));
      y = alongAxis(y, axis, spec.output, made.weights);
      if (made.outside.includes(true)) outside.push({ axis, rows: made.outside });
    }
    eachIndex(outside.length === 0 ? [0] : y.dims, (index, flat) => {
      if (outside.some(({ axis, rows }) => rows[index[axis] ?? 0])) y.data[flat] = attrs.extrapolation_value;
    });
    return { y };
  },
  // The matrix of each axis, transposed, in the other order.
  grad(g, { x, roi, scales, sizes }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const list = (v: Value | undefined) => given(v?.data && numbersOf(v.data));
    const target = scales?.data ?? sizes?.data;
    const plan = planOf(x.shape, list(scales), list(sizes), attrs);
    const changed = isIssue(plan)
      ? []
      : plan.axes.filter((a) => typeof x.shape[a] !== "number" && x.shape[a] !== plan.shape[a]);
    if (target === undefined || isIssue(plan) || changed.length > 0) {
      return fail("resize_symbolic", {
        expected: "constant scales or sizes and static lengths of the axes that change",
        received: dim.format(x.shape),
        hint: "build the network for one image size to train through Resize",
      });
    }
    const lengths = x.shape.map((d) => (typeof d === "number" ? d : 1));
    const axes = axesWanted(lengths, list(roi), list(scales), list(sizes), attrs);
    if (isIssue(axes)) return fail(axes.code, axes);
    let d = dy;
    for (const { axis, ...spec } of [...axes].reverse()) {
      const { weights, outside } = resizeMatrix(spec, ruleOf(attrs));
      outside.forEach((out, row) => {
        if (out) weights.fill(0, row * spec.input, (row + 1) * spec.input);
      });
      d = transposedProduct(
        g,
        d,
        axis,
        g.constant(tensor(x.dtype, [spec.output, spec.input], weights), "resize"),
      );
    }
    return { x: d };
  },
  samples: [
    byScales([1, 2, 2, 3], [1, 1, 2, 2], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    }),
    byScales([1, 1, 4, 5], [1, 1, 0.6, 0.7], { mode: "nearest" }),
    byScales([1, 1, 3, 4], [1, 1, 1.7, 2.5], { mode: "nearest", nearest_mode: "round_prefer_ceil" }),
    byScales([1, 1, 3, 4], [1, 1, 2, 2], {
      mode: "nearest",
      nearest_mode: "ceil",
      coordinate_transformation_mode: "align_corners",
    }),
    byScales([1, 2, 3, 4], [1, 1, 2, 2], { mode: "linear" }),
    byScales([1, 1, 4, 5], [1, 1, 0.6, 0.8], {
      mode: "linear",
      coordinate_transformation_mode: "pytorch_half_pixel",
    }),
    bySizes([1, 1, 3, 4], [1, 1, 5, 7], { mode: "linear", coordinate_transformation_mode: "align_corners" }),
    bySizes([1, 1, 3, 4], [1, 1, 6, 3], { mode: "linear", coordinate_transformation_mode: "asymmetric" }),
    byScales([1, 1, 4, 4], [1, 1, 2.3, 0.8], {
      mode: "linear",
      coordinate_transformation_mode: "half_pixel_symmetric",
    }),
    byScales([1, 1, 4, 5], [1, 1, 2, 1.5], { mode: "cubic" }),
    byScales([1, 1, 5, 6], [1, 1, 0.8, 0.8], { mode: "cubic", cubic_coeff_a: -0.5, exclude_outside: 1 }),
    bySizes([1, 1, 6, 7], [1, 1, 3, 4], { mode: "linear", antialias: 1 }),
    bySizes([1, 1, 8, 7], [1, 1, 4, 5], { mode: "cubic", antialias: 1 }),
    bySizes([1, 1, 4, 6], [6, 6], { mode: "linear", axes: [2, 3], keep_aspect_ratio_policy: "not_larger" }),
    bySizes([1, 1, 4, 6], [6, 6], { mode: "nearest", axes: [2, 3], keep_aspect_ratio_policy: "not_smaller" }),
    {
      inputs: {
        x: [1, 1, 4, 5],
        roi: { dims: [8], values: [0, 0, 0.2, 0.3, 1, 1, 1.2, 0.8] },
        sizes: { dims: [4], dtype: "int64", values: [1, 1, 3, 4] },
      },
      attrs: {
        mode: "linear",
        coordinate_transformation_mode: "tf_crop_and_resize",
        extrapolation_value: 2.5,
      },
    },
  ],
});

function byScales(x: readonly number[], scales: readonly number[], attrs: Record<string, unknown>) {
  return { inputs: { x, scales: { dims: [scales.length], values: scales } }, attrs };
}

function bySizes(x: readonly number[], sizes: readonly number[], attrs: Record<string, unknown>) {
  return { inputs: { x, sizes: { dims: [sizes.length], dtype: "int64" as const, values: sizes } }, attrs };
}

/** An empty list stands for an input left out. */
function given(list: number[] | undefined): number[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function ruleOf(attrs: Attributes): ResizeRule {
  return {
    mode: attrs.mode,
    coordinates: attrs.coordinate_transformation_mode,
    nearest: attrs.nearest_mode,
    cubic: attrs.cubic_coeff_a,
    excludeOutside: attrs.exclude_outside === 1,
    antialias: attrs.antialias === 1,
  };
}

interface Plan {
  readonly axes: readonly number[];
  readonly scales: readonly number[];
  readonly shape: Dim[];
}

/** Axes that are named, their scales and the shape of the result. */
function planOf(
  shape: Shape,
  scales: readonly number[] | undefined,
  sizes: readonly number[] | undefined,
  attrs: Attributes,
): Plan | Issue {
  const axes = attrs.axes === undefined ? shape.map((_, i) => i) : axesOf(attrs.axes, shape.length);
  if (isIssue(axes)) return axes;
  const target = sizes ?? scales ?? [];
  if (target.length !== axes.length) {
    return issue("resize_target", {
      expected: `${axes.length} scales or sizes`,
      received: `${target.length}`,
    });
  }
  const lengths = axes.map((a) => shape[a] ?? 1);
  const out = [...shape];
  if (sizes === undefined) {
    axes.forEach((axis, i) => {
      const [length, scale] = [lengths[i] ?? 1, target[i] ?? 1];
      if (typeof length === "number") out[axis] = Math.floor(length * scale);
      else out[axis] = Number.isInteger(scale) ? dim.mul(length, scale) : dim.unknown();
    });
    return { axes, scales: target, shape: out };
  }
  let ratios = lengths.map((d, i) => (typeof d === "number" ? (target[i] ?? 1) / d : 1));
  if (attrs.keep_aspect_ratio_policy === "stretch") {
    axes.forEach((axis, i) => {
      out[axis] = target[i] ?? 1;
    });
  } else {
    const one = attrs.keep_aspect_ratio_policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
    ratios = ratios.map(() => one);
    axes.forEach((axis, i) => {
      const length = lengths[i] ?? 1;
      out[axis] = typeof length === "number" ? Math.floor(length * one + 0.5) : dim.unknown();
    });
  }
  return { axes, scales: ratios, shape: out };
}

/** What to do along each axis that changes. */
function axesWanted(
  dims: readonly number[],
  roi: readonly number[] | undefined,
  scales: readonly number[] | undefined,
  sizes: readonly number[] | undefined,
  attrs: Attributes,
): (ResizeAxis & { axis: number })[] | Issue {
  const plan = planOf(dims, scales, sizes, attrs);
  if (isIssue(plan)) return plan;
  const crop = attrs.coordinate_transformation_mode === "tf_crop_and_resize";
  return plan.axes.flatMap((axis, i) => {
    const [input, output, scale] = [dims[axis] ?? 1, Number(plan.shape[axis]), plan.scales[i] ?? 1];
    const region = [roi?.[i] ?? 0, roi?.[i + plan.axes.length] ?? 1] as const;
    const same = input === output && scale === 1 && (!crop || (region[0] === 0 && region[1] === 1));
    return same ? [] : [{ axis, input, output, scale, region }];
  });
}

/** Product of a matrix [out, in] with one axis of x. */
function alongAxis(x: RefTensor, axis: number, output: number, weights: Float64Array): RefTensor {
  const input = x.dims[axis] ?? 1;
  const out = ref(x.dtype, x.dims.with(axis, output));
  const strides = stridesOf(x.dims);
  const step = strides[axis] ?? 1;
  eachIndex(out.dims, (index, flat) => {
    const base = offsetOf(index.with(axis, 0), strides);
    let sum = 0;
    for (let i = 0; i < input; i++)
      sum += (weights[(index[axis] ?? 0) * input + i] ?? 0) * (x.data[base + i * step] ?? 0);
    out.data[flat] = sum;
  });
  return out;
}

/** Product of the transposed matrix [out, in] with one axis of d; the last two axes need no transposition of d. */
function transposedProduct(g: Builder, d: Value, axis: number, matrix: Value): Value {
  if (axis === d.rank - 1) return g.MatMul(d, matrix);
  const transposed = g.Transpose(matrix, { perm: [1, 0] });
  if (axis === d.rank - 2) return g.MatMul(transposed, d);
  const perm = d.shape.map((_, i) => (i === axis ? d.rank - 1 : i === d.rank - 1 ? axis : i));
  return g.Transpose(g.MatMul(g.Transpose(d, { perm }), matrix), { perm });
}
