import { dim, fail, issue } from "../../base/index.js";
import { numbersOf, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { eachIndex, ref } from "../reference.js";
import { integersOf } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** theta [N, 2, 3] (or [N, 3, 4]) and size [N, C, H, W] (or [N, C, D, H, W]) to a grid [N, H, W, 2] for GridSample. */
    AffineGrid(theta: Value, size: Value, attrs?: { align_corners?: 0 | 1 }): Value;
  }
}

/** Points of an image moved by an affine map (Jaderberg et al. 2015, arXiv:1506.02025, section 3.2). */
export const AffineGrid = defineOp({
  type: "AffineGrid",
  since: 20,
  doc: "The points of an image after an affine map, as GridSample reads them.",
  inputs: ["theta", "size"],
  outputs: ["grid"],
  attributes: { align_corners: attr.int(0) },
  infer({ theta, size }) {
    const [n, rows, columns] = theta.shape;
    const axes = typeof rows === "number" ? rows : undefined;
    if (
      n === undefined ||
      theta.shape.length !== 3 ||
      (axes !== 2 && axes !== 3) ||
      dim.conflict(columns ?? 1, axes + 1)
    ) {
      return issue("affine_theta", {
        expected: "theta [N, 2, 3] or [N, 3, 4]",
        received: dim.format(theta.shape),
      });
    }
    const lengths = size.contents ?? integersOf(size);
    if (lengths !== undefined && lengths.length !== axes + 2) {
      return issue("affine_size", { expected: `size of ${axes + 2} lengths`, received: `${lengths.length}` });
    }
    const spatial = lengths?.slice(2) ?? Array.from({ length: axes }, () => dim.unknown());
    return { grid: { dtype: theta.dtype, shape: [n, ...spatial, axes] } };
  },
  cost: ({ theta }, { grid }) => ({ flops: dim.mul(2, theta.shape[2] ?? 1, ...grid.shape) }),
  evaluate({ theta, size }, { align_corners }) {
    const [n = 1, axes = 2] = theta.dims;
    const spatial = Array.from(size.data).slice(2);
    const base = basePoints(spatial, align_corners === 1);
    const grid = ref(theta.dtype, [n, ...spatial, axes]);
    const count = base.length / (axes + 1);
    for (let i = 0; i < grid.data.length; i++) {
      const [axis, point, image] = [i % axes, Math.floor(i / axes) % count, Math.floor(i / (axes * count))];
      let sum = 0;
      for (let k = 0; k <= axes; k++) {
        sum +=
          (theta.data[(image * axes + axis) * (axes + 1) + k] ?? 0) * (base[point * (axes + 1) + k] ?? 0);
      }
      grid.data[i] = sum;
    }
    return { grid };
  },
  // The grid is base thetaᵀ, so dtheta = dgridᵀ base.
  grad(g, { theta, size }, { grid: dy }, { attrs }) {
    if (dy === undefined) return {};
    if (size.data === undefined) {
      return fail("affine_size", {
        expected: "a constant size to differentiate AffineGrid",
        received: "a computed one",
        hint: "give size as a constant",
      });
    }
    const spatial = numbersOf(size.data).slice(2);
    const axes = spatial.length;
    const points = basePoints(spatial, attrs.align_corners === 1);
    const base = g.constant(tensor(theta.dtype, [points.length / (axes + 1), axes + 1], points), "points");
    const d = g.Transpose(g.Reshape(dy, g.i64([0, -1, axes])), { perm: [0, 2, 1] });
    return { theta: g.MatMul(d, base) };
  },
  samples: [
    affine([2, 2, 3], [2, 1, 3, 4], 0),
    affine([1, 2, 3], [1, 2, 4, 2], 1),
    affine([1, 3, 4], [1, 1, 2, 3, 2], 0),
  ],
});

function affine(theta: readonly number[], size: readonly number[], align_corners: number) {
  return {
    inputs: { theta, size: { dims: [size.length], dtype: "int64" as const, values: size } },
    attrs: { align_corners },
  };
}

/** The points of an image before the map, [points, axes + 1]: the last axis first, then 1. */
function basePoints(spatial: readonly number[], alignCorners: boolean): number[] {
  const points: number[] = [];
  eachIndex(spatial, (index) => {
    const place = (axis: number) => {
      const length = spatial[axis] ?? 1;
      const i = index[axis] ?? 0;
      if (!alignCorners) return (2 * i + 1) / length - 1;
      return length === 1 ? -1 : (2 * i) / (length - 1) - 1;
    };
    for (let axis = spatial.length - 1; axis >= 0; axis--) points.push(place(axis));
    points.push(1);
  });
  return points;
}
