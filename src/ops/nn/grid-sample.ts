import { type Dim, dim, type Issue, isIssue, issue } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { type Arg, defineOp, type Sample } from "../define.js";
import { ref } from "../reference.js";
import { type GridPadding, type GridRule, type GridTap, tapsAt } from "./grid-points.js";
import { gridSampleGrad } from "./grid-sample-grad.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x [N, C, spatial...] read at grid [N, out..., axes]: coordinates from −1 to 1, the last axis of x first. Gives
     * [N, C, out...].
     */
    GridSample(
      x: Value,
      grid: Value,
      attrs?: {
        mode?: "linear" | "nearest" | "cubic";
        padding_mode?: "zeros" | "border" | "reflection";
        align_corners?: 0 | 1;
      },
    ): Value;
  }
}

const MODES = ["linear", "nearest", "cubic"];
const PADDINGS = ["zeros", "border", "reflection"];

/** Reading of an image (or volume) between its elements (Jaderberg et al. 2015, arXiv:1506.02025). */
export const GridSample = defineOp({
  type: "GridSample",
  since: 20,
  doc: "An image or volume read at given points: nearest, linear or cubic.",
  inputs: ["x", "grid"],
  outputs: ["y"],
  attributes: { align_corners: attr.int(0), mode: attr.string("linear"), padding_mode: attr.string("zeros") },
  infer({ x, grid }, attrs) {
    const rule = gridRule(attrs);
    if (isIssue(rule)) return rule;
    const shape = sampledShape(x, grid, rule);
    return isIssue(shape) ? shape : { y: { dtype: x.dtype, shape } };
  },
  cost({ x }, { y }, attrs) {
    const rule = gridRule(attrs);
    const each = isIssue(rule) || rule.mode === "nearest" ? 1 : rule.mode === "linear" ? 2 : 4;
    return { flops: dim.mul(2 * each ** (x.shape.length - 2), ...y.shape) };
  },
  evaluate({ x, grid }, attrs) {
    const rule = gridRule(attrs);
    const [n = 1, c = 1, ...spatial] = x.dims;
    const places = grid.dims.slice(1, -1);
    const [count, size, axes] = [sizeOf(places), sizeOf(spatial), spatial.length];
    const y = ref(x.dtype, [n, c, ...places]);
    if (isIssue(rule)) return { y };
    for (let image = 0; image < n; image++) {
      for (let p = 0; p < count; p++) {
        const at = (image * count + p) * axes;
        const taps = spatial.map((length, axis) =>
          // The last axis of the image comes first in the grid.
          tapsAt(grid.data[at + axes - 1 - axis] ?? 0, length, rule),
        );
        for (const { index, weight } of combined(taps, spatial)) {
          for (let channel = 0; channel < c; channel++) {
            const to = (image * c + channel) * count + p;
            y.data[to] = (y.data[to] ?? 0) + weight * (x.data[(image * c + channel) * size + index] ?? 0);
          }
        }
      }
    }
    return { y };
  },
  grad(g, { x, grid }, { y: dy }, { attrs, needs }) {
    const rule = gridRule(attrs);
    if (dy === undefined || isIssue(rule)) return {};
    return gridSampleGrad(g, { x, grid, dy, rule }, needs);
  },
  samples: [
    ...["linear", "nearest", "cubic"].flatMap((mode) =>
      PADDINGS.flatMap((padding_mode) =>
        ([0, 1] as const).map(
          (align_corners): Sample => ({
            inputs: { x: [1, 2, 4, 5], grid: grid([1, 2, 3, 2]) },
            attrs: { mode, padding_mode, align_corners },
          }),
        ),
      ),
    ),
    { inputs: { x: [2, 1, 3, 4], grid: grid([2, 2, 2, 2]) } },
    ...["linear", "nearest"].map(
      (mode): Sample => ({ inputs: { x: [1, 2, 3, 4, 2], grid: grid([1, 2, 1, 2, 3]) }, attrs: { mode } }),
    ),
    {
      inputs: { x: [1, 1, 3, 4, 3], grid: grid([1, 2, 1, 2, 3]) },
      attrs: { padding_mode: "reflection", align_corners: 1 },
    },
  ],
});

/** Points somewhat beyond the edges, away from where a reading jumps or bends. */
function grid(dims: readonly number[]) {
  const values = Array.from({ length: sizeOf(dims) }, (_, i) => ((i * 0.377 + 0.137) % 2.6) - 1.3);
  return { dims, values, feed: true };
}

export function gridRule(attrs: {
  readonly mode: string;
  readonly padding_mode: string;
  readonly align_corners: number;
}): GridRule | Issue {
  // Before operator set 20 the modes were called bilinear and bicubic.
  const mode = attrs.mode.replace(/^bi/, "");
  if (!MODES.includes(mode) || !PADDINGS.includes(attrs.padding_mode)) {
    return issue("grid_mode", {
      expected: `mode ${MODES.join(", ")} and padding_mode ${PADDINGS.join(", ")}`,
      received: `${attrs.mode} and ${attrs.padding_mode}`,
    });
  }
  return { mode, padding: attrs.padding_mode as GridPadding, alignCorners: attrs.align_corners === 1 };
}

function sampledShape(x: Arg, grid: Arg, rule: GridRule): Dim[] | Issue {
  const [n, c, ...spatial] = x.shape;
  const places = grid.shape.slice(1, -1);
  const axes = grid.shape.at(-1);
  const wrong =
    n === undefined ||
    c === undefined ||
    axes === undefined ||
    spatial.length === 0 ||
    grid.shape.length !== x.shape.length ||
    dim.conflict(axes, spatial.length) ||
    dim.conflict(n, grid.shape[0] ?? 1);
  if (wrong) {
    return issue("grid_shape", {
      expected: "x [N, C, spatial...] and grid [N, out..., axes] of as many axes",
      received: `${dim.format(x.shape)} and ${dim.format(grid.shape)}`,
    });
  }
  if (rule.mode === "cubic" && spatial.length !== 2) {
    return issue("grid_mode", { expected: "two spatial axes for cubic", received: `${spatial.length}` });
  }
  return [n, c, ...places];
}

/** Products of the taps of all axes; those outside of the image are left out. */
function combined(taps: readonly (readonly GridTap[])[], spatial: readonly number[]): GridTap[] {
  return taps.reduce<GridTap[]>(
    (all, list, axis) =>
      all.flatMap((one) =>
        list
          .filter((tap) => tap.index >= 0)
          .map((tap) => ({
            index: one.index * (spatial[axis] ?? 1) + tap.index,
            weight: one.weight * tap.weight,
          })),
      ),
    [{ index: 0, weight: 1 }],
  );
}
