import { ONNX_DTYPE, tensor, type Value } from "../ir/index.js";
import { fixedDim, type NetworkBuilder } from "../nn/index.js";

/** Random changes of training images. All lengths in pixels. */
export interface Augmentation {
  /** Largest shift in each direction: a random crop of the padded image. */
  readonly shift: number;
  /** Mirror every other image left to right. */
  readonly flip: boolean;
  /** Largest rotation, in degrees. */
  readonly rotate: number;
  /** Largest relative change of scale. */
  readonly scale: number;
  /** Side of the square that is blanked with the mean colour (DeVries & Taylor 2017); 0 for none. */
  readonly cutout: number;
}

export const NO_AUGMENTATION: Augmentation = { shift: 0, flip: false, rotate: 0, scale: 0, cutout: 0 };

/**
 * What suits a kind of images: pictures that may be mirrored get crops, flips and cutout; those that may not
 * (digits, letters) get shifts and slight affine changes.
 */
export function defaultAugmentation(height: number, width: number, flip: boolean): Augmentation {
  const side = Math.min(height, width);
  return flip
    ? { shift: Math.round(side / 8), flip: true, rotate: 0, scale: 0, cutout: Math.round(side / 4) }
    : { shift: Math.round(side / 14), flip: false, rotate: 10, scale: 0.1, cutout: 0 };
}

/**
 * Augment x [N, C, H, W] (normalised): each output pixel takes the nearest input pixel of an affine map drawn
 * for its image; beyond the border the nearest border pixel. One gather an image, whatever is switched on.
 */
export function augment(g: NetworkBuilder, x: Value, options: Augmentation): Value {
  const { shift, flip, rotate, scale, cutout } = options;
  if (shift === 0 && !flip && rotate === 0 && scale === 0 && cutout === 0) return x;
  const [n, c, height, width] = [0, 1, 2, 3].map((axis) => fixedDim(x, axis)) as [
    number,
    number,
    number,
    number,
  ];
  return g.scope("augment", () => {
    const column = (values: number[]) => g.constant(tensor("float32", [1, values.length], values), "grid");
    const plane = Array.from({ length: height * width }, (_, i) => i);
    const rows = column(plane.map((i) => Math.floor(i / width) - (height - 1) / 2));
    const columns = column(plane.map((i) => (i % width) - (width - 1) / 2));
    /** [N, 1], uniform between −limit and limit. */
    const uniform = (limit: number) => g.Mul(g.Sub(g.random([n, 1]), g.scalar(0.5)), g.scalar(2 * limit));
    const whole = (limit: number) => g.Round(uniform(limit + 0.499));
    let y = rows;
    let z: Value = columns;
    if (rotate !== 0 || scale !== 0) {
      const angle = uniform((rotate * Math.PI) / 180);
      const zoom = g.Add(uniform(scale), g.scalar(1));
      const cos = g.Mul(g.Cos(angle), zoom);
      const sin = g.Mul(g.Sin(angle), zoom);
      y = g.Sub(g.Mul(rows, cos), g.Mul(columns, sin));
      z = g.Add(g.Mul(rows, sin), g.Mul(columns, cos));
    }
    if (flip) {
      const sign = g.Sub(
        g.Mul(g.Cast(g.Less(g.random([n, 1]), g.scalar(0.5)), { to: ONNX_DTYPE.float32 }), g.scalar(2)),
        g.scalar(1),
      );
      z = g.Mul(z, sign);
    }
    if (shift !== 0) {
      y = g.Add(y, whole(shift));
      z = g.Add(z, whole(shift));
    }
    const snap = (v: Value, size: number) =>
      g.Clip(g.Round(g.Add(v, g.scalar((size - 1) / 2))), g.scalar(0), g.scalar(size - 1));
    const flat = g.Add(g.Mul(snap(y, height), g.scalar(width)), snap(z, width));
    const shape = g.i64([n, c, height * width]);
    const index = g.Expand(
      g.Reshape(g.Cast(flat, { to: ONNX_DTYPE.int64 }), g.i64([-1, 1, height * width])),
      shape,
    );
    const moved = g.GatherElements(g.Reshape(x, shape), index, { axis: 2 });
    const blanked =
      cutout === 0 ? moved : g.Mul(moved, cutoutMask(g, rows, columns, n, height, width, cutout));
    return g.Reshape(blanked, g.i64([n, c, height, width]));
  });
}

/** [N, 1, H·W]: zero within a square around a centre drawn for each image. */
function cutoutMask(
  g: NetworkBuilder,
  rows: Value,
  columns: Value,
  n: number,
  height: number,
  width: number,
  side: number,
): Value {
  const centre = (size: number) => g.Mul(g.Sub(g.random([n, 1]), g.scalar(0.5)), g.scalar(size));
  const far = (v: Value, size: number) => g.Greater(g.Abs(g.Sub(v, centre(size))), g.scalar(side / 2));
  const keep = g.Or(far(rows, height), far(columns, width));
  return g.Reshape(g.Cast(keep, { to: ONNX_DTYPE.float32 }), g.i64([n, 1, height * width]));
}
