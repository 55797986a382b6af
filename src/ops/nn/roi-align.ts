import { type Dim, dim, type Issue, isIssue, issue } from "../../base/index.js";
import { numbersOf, type Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import { type Arg, defineOp, type Sample } from "../define.js";
import { type RefTensor, ref } from "../reference.js";
import { roiAlignGrad } from "./roi-align-grad.js";

const ATTRIBUTES = {
  coordinate_transformation_mode: attr.string("half_pixel"),
  mode: attr.string("avg"),
  output_height: attr.int(1),
  output_width: attr.int(1),
  sampling_ratio: attr.int(0),
  spatial_scale: attr.float(1),
};
export type RoiAlignAttributes = AttributeValues<typeof ATTRIBUTES>;

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Regions of x [N, C, H, W], given by the corners x1, y1, x2, y2 of `rois` [R, 4] and the image that each lies in
     * (`images`, int64 [R]), brought to one size: [R, C, output_height, output_width].
     */
    RoiAlign(
      x: Value,
      rois: Value,
      images: Value,
      attrs?: {
        coordinate_transformation_mode?: "half_pixel" | "output_half_pixel";
        mode?: "avg" | "max";
        output_height?: number;
        output_width?: number;
        /** Points a bin and axis; 0 takes as many as a bin has elements. */
        sampling_ratio?: number;
        spatial_scale?: number;
      },
    ): Value;
  }
}

/**
 * Regions of an image brought to one size without rounding (He et al. 2017, arXiv:1703.06870, section 3): every bin is
 * the mean of points between the elements. With mode "max" it is the largest of the points' weighted corners, which
 * is what the standard's own reference computes, and not the largest of the points.
 */
export const RoiAlign = defineOp({
  type: "RoiAlign",
  since: 16,
  doc: "Regions of an image read linearly between its elements and brought to one size.",
  inputs: ["x", "rois", "images"],
  outputs: ["y"],
  attributes: ATTRIBUTES,
  infer({ x, rois, images }, attrs) {
    const shape = alignedShape(x, rois, images, attrs);
    return isIssue(shape) ? shape : { y: { dtype: x.dtype, shape } };
  },
  // Every point reads four elements. Where the number of points is the regions' affair, the least: one a bin.
  cost({ rois }, { y }, attrs) {
    const given = rois.constant === undefined ? undefined : numbersOf(rois.constant);
    const points =
      attrs.sampling_ratio > 0
        ? attrs.sampling_ratio ** 2
        : given === undefined || given.length === 0
          ? 1
          : meanPoints(given, attrs);
    return { flops: dim.mul(dim.size(y.shape), Math.max(1, Math.round(8 * points))) };
  },
  evaluate({ x, rois, images }, attrs) {
    const [, channels = 1, height = 1, width = 1] = x.dims;
    const [rows, columns] = [attrs.output_height, attrs.output_width];
    const regions = rois.dims[0] ?? 0;
    const y = ref(x.dtype, [regions, channels, rows, columns]);
    for (let region = 0; region < regions; region++) {
      const corners = Array.from(rois.data.subarray(region * 4, region * 4 + 4));
      const across = binsOf(corners[0] ?? 0, corners[2] ?? 0, columns, attrs);
      const down = binsOf(corners[1] ?? 0, corners[3] ?? 0, rows, attrs);
      for (let channel = 0; channel < channels; channel++) {
        const from = ((images.data[region] ?? 0) * channels + channel) * height * width;
        for (let bin = 0; bin < rows * columns; bin++) {
          const at = { row: Math.floor(bin / columns), column: bin % columns };
          const corner = cornersOf({ x, from, height, width }, down, across, at);
          y.data[(region * channels + channel) * rows * columns + bin] =
            attrs.mode === "avg"
              ? corner.reduce((sum, v) => sum + v, 0) / Math.max(1, down.points * across.points)
              : corner.length === 0
                ? 0
                : Math.max(...corner);
        }
      }
    }
    return { y };
  },
  grad(g, { x, rois, images }, { y: dy }, { attrs, needs }) {
    return dy === undefined ? {} : roiAlignGrad(g, { x, rois, images, dy }, attrs, needs);
  },
  samples: [
    ...(["half_pixel", "output_half_pixel"] as const).flatMap((coordinate_transformation_mode) =>
      (["avg", "max"] as const).flatMap((mode) =>
        [2, 0].map(
          (sampling_ratio): Sample => ({
            inputs: {
              x: [2, 2, 6, 7],
              rois: corners(0.3, 0.6, 4.2, 5.1, 2.17, 1.3, 6.23, 3.9, 1.73, 2.31, 2.27, 3.8),
              images: { dims: [3], dtype: "int64", values: [0, 1, 1], feed: true },
            },
            attrs: {
              coordinate_transformation_mode,
              mode,
              output_height: 3,
              output_width: 2,
              sampling_ratio,
            },
          }),
        ),
      ),
    ),
    {
      // Partly, and wholly, outside of the image.
      inputs: {
        x: [1, 3, 4, 5],
        rois: corners(-6.1, -5.2, 5.3, 6.4, 30.2, 3.1, 40.3, 9.7),
        images: { dims: [2], dtype: "int64", values: [0, 0], feed: true },
      },
      attrs: { output_height: 2, output_width: 3, sampling_ratio: 3, spatial_scale: 0.5 },
    },
  ],
});

function corners(...values: number[]) {
  return { dims: [values.length / 4, 4], values: values.map(Math.fround), feed: true };
}

function alignedShape(x: Arg, rois: Arg, images: Arg, attrs: RoiAlignAttributes): Dim[] | Issue {
  const [regions, four] = rois.shape;
  const channels = x.shape[1];
  const [count] = images.shape;
  const wrong =
    x.shape.length !== 4 ||
    rois.shape.length !== 2 ||
    images.shape.length !== 1 ||
    dim.conflict(four ?? 4, 4) ||
    dim.conflict(regions ?? 1, count ?? 1);
  if (wrong || channels === undefined || regions === undefined) {
    return issue("roi_shape", {
      expected: "x [N, C, H, W], rois [R, 4] and images [R]",
      received: [x, rois, images].map((arg) => dim.format(arg.shape)).join(", "),
    });
  }
  const { output_height: height, output_width: width, sampling_ratio: ratio } = attrs;
  if (!(height >= 1) || !(width >= 1) || !(ratio >= 0)) {
    return issue("roi_size", {
      expected: "output_height and output_width of at least 1, sampling_ratio of at least 0",
      received: `${height}, ${width} and ${ratio}`,
    });
  }
  const modes = ["half_pixel", "output_half_pixel"];
  if (!["avg", "max"].includes(attrs.mode) || !modes.includes(attrs.coordinate_transformation_mode)) {
    return issue("roi_mode", {
      expected: "mode avg or max, and coordinate_transformation_mode half_pixel or output_half_pixel",
      received: `${attrs.mode} and ${attrs.coordinate_transformation_mode}`,
    });
  }
  return [regions, channels, height, width];
}

interface Bins {
  readonly start: number;
  /** Length of one bin. */
  readonly size: number;
  /** Points a bin. */
  readonly points: number;
}

/** How a region is cut along one axis. */
function binsOf(low: number, high: number, count: number, attrs: RoiAlignAttributes): Bins {
  const half = attrs.coordinate_transformation_mode === "half_pixel";
  const start = low * attrs.spatial_scale - (half ? 0.5 : 0);
  const length = (high - low) * attrs.spatial_scale;
  const size = (half ? length : Math.max(length, 1)) / count;
  const points = attrs.sampling_ratio > 0 ? attrs.sampling_ratio : Math.max(0, Math.ceil(size));
  return { start, size, points };
}

/** Points a bin on average. */
function meanPoints(rois: readonly number[], attrs: RoiAlignAttributes): number {
  let sum = 0;
  for (let at = 0; at < rois.length; at += 4) {
    const across = binsOf(rois[at] ?? 0, rois[at + 2] ?? 0, attrs.output_width, attrs);
    const down = binsOf(rois[at + 1] ?? 0, rois[at + 3] ?? 0, attrs.output_height, attrs);
    sum += across.points * down.points;
  }
  return sum / (rois.length / 4);
}

/** The weighted corners of all points of one bin. */
function cornersOf(
  { x, from, height, width }: { readonly x: RefTensor; from: number; height: number; width: number },
  down: Bins,
  across: Bins,
  at: { readonly row: number; readonly column: number },
): number[] {
  const place = ({ start, size, points }: Bins, bin: number, i: number) =>
    start + bin * size + ((i + 0.5) * size) / points;
  const all: number[] = [];
  for (let i = 0; i < down.points; i++) {
    for (let j = 0; j < across.points; j++) {
      for (const [row, wRow] of edgeTaps(place(down, at.row, i), height)) {
        for (const [column, wColumn] of edgeTaps(place(across, at.column, j), width)) {
          all.push(wRow * wColumn * (x.data[from + row * width + column] ?? 0));
        }
      }
    }
  }
  return all;
}

/** The two elements that a place lies between: the last ones go on for one element beyond the edge, then zeros. */
function edgeTaps(place: number, length: number): (readonly [index: number, weight: number])[] {
  const inside = place >= -1 && place <= length ? 1 : 0;
  const held = Math.min(Math.max(place, 0), length - 1);
  const low = Math.floor(held);
  const share = held - low;
  return [
    [low, (1 - share) * inside],
    [Math.min(low + 1, length - 1), share * inside],
  ];
}
