import { type Dim, dim, isIssue, issue } from "../../base/index.js";
import { numbersOf, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { gatherGrad } from "./gather.js";
import { axesOf, integersOf, listOf, remap, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Elements before and after each of `axes` (default all): `pads` holds all counts before, then all counts
     * after; negative counts drop elements. `mode` is constant, reflect, edge or wrap.
     */
    Pad(x: Value, pads: Value, value?: Value, axes?: Value, attrs?: { mode?: string }): Value;
    Pad(x: Value, pads: Value, attrs: { mode?: string }): Value;
  }
}

const MODES = ["constant", "reflect", "edge", "wrap"];

/** More elements at the ends of axes, or fewer. */
export const Pad = defineOp({
  type: "Pad",
  since: 13,
  doc: "Elements added at the ends of axes (constant, reflected, edge or wrapped); negative counts drop some.",
  inputs: ["x", "pads", "value?", "axes?"],
  outputs: ["y"],
  attributes: { mode: attr.string("constant") },
  infer({ x, pads, axes }, { mode }) {
    if (!MODES.includes(mode)) {
      return issue("pad_mode", { expected: `one of ${MODES.join(", ")}`, received: mode });
    }
    const counts = lengthsIn(pads);
    const named = axes === undefined ? x.shape.map((_, i) => i) : integersOf(axes);
    if (counts === undefined || named === undefined) {
      return { y: { dtype: x.dtype, shape: unknownShape(x.shape.length) } };
    }
    const at = axesOf(named, x.shape.length);
    if (isIssue(at)) return at;
    if (counts.length !== 2 * at.length) {
      return issue("pad_count", { expected: `${2 * at.length} counts`, received: `${counts.length}` });
    }
    const shape: Dim[] = [...x.shape];
    at.forEach((axis, i) => {
      shape[axis] = dim.add(shape[axis] ?? 1, counts[i] ?? 0, counts[i + at.length] ?? 0);
    });
    const negative = shape.find((d) => typeof d === "number" && d < 0);
    if (negative !== undefined) {
      return issue("pad_negative", { expected: "lengths of 0 or more", received: dim.format(shape) });
    }
    return { y: { dtype: x.dtype, shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, pads, value, axes }, { mode }) {
    const rank = x.dims.length;
    const at = (listOf(axes) ?? x.dims.map((_, i) => i)).map((a) => (a < 0 ? a + rank : a));
    const before = x.dims.map(() => 0);
    const dims = [...x.dims];
    at.forEach((axis, i) => {
      before[axis] = pads.data[i] ?? 0;
      dims[axis] = (dims[axis] ?? 0) + (pads.data[i] ?? 0) + (pads.data[i + at.length] ?? 0);
    });
    const y = remap(
      x,
      dims,
      (index) => {
        const from: number[] = [];
        for (const [axis, i] of index.entries()) {
          const place = padSource(i - (before[axis] ?? 0), x.dims[axis] ?? 1, mode);
          if (place === undefined) return undefined;
          from.push(place);
        }
        return from;
      },
      value?.data[0] ?? 0,
    );
    return { y };
  },
  grad(g, { x, pads, value, axes }, { y: dy }, { attrs, needs }) {
    if (dy === undefined) return {};
    if (attrs.mode !== "constant") return { x: padGatherGrad(g, dy, x, pads, axes, attrs.mode) };
    // What was added is dropped, and what was dropped comes back as zeros.
    const opposite = pads.data === undefined ? g.Neg(pads) : g.i64(numbersOf(pads.data).map((p) => 0 - p));
    const dx = g.Pad(dy, opposite, undefined, axes);
    const sum = (v: Value) => g.ReduceSum(v, undefined, { keepdims: 0 });
    // The constant takes what falls outside of x: all of it, less what came from x.
    const dvalue = needs("value") ? g.Sub(sum(dy), sum(dx)) : undefined;
    return { x: dx, value: dvalue && value && value.rank > 0 ? g.Reshape(dvalue, g.i64([1])) : dvalue };
  },
  samples: [
    { inputs: { x: [2, 3], pads: { dims: [4], dtype: "int64", values: [1, 0, 0, 2] } } },
    {
      inputs: {
        x: [2, 3],
        pads: { dims: [4], dtype: "int64", values: [0, 1, 2, 1] },
        value: { dims: [], low: -1, high: 1 },
      },
    },
    { inputs: { x: [4, 5], pads: { dims: [4], dtype: "int64", values: [-1, 1, -2, -1] } } },
    {
      inputs: {
        x: [2, 3, 4],
        pads: { dims: [4], dtype: "int64", values: [1, 0, 1, 2] },
        axes: { dims: [2], dtype: "int64", values: [-1, 0] },
      },
    },
    {
      inputs: { x: [3, 4], pads: { dims: [4], dtype: "int64", values: [2, 1, 1, 3] } },
      attrs: { mode: "reflect" },
    },
    {
      inputs: { x: [3, 4], pads: { dims: [4], dtype: "int64", values: [2, 0, 1, 5] } },
      attrs: { mode: "edge" },
    },
    {
      inputs: { x: [3, 4], pads: { dims: [4], dtype: "int64", values: [1, 2, 3, 4] } },
      attrs: { mode: "wrap" },
    },
  ],
});

/** Place in an axis that a padded place reads from; undefined for the constant. */
function padSource(place: number, length: number, mode: string): number | undefined {
  if (place >= 0 && place < length) return place;
  if (mode === "edge") return place < 0 ? 0 : length - 1;
  if (mode === "wrap") return ((place % length) + length) % length;
  if (mode !== "reflect") return undefined;
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((place % period) + period) % period;
  return within < length ? within : period - within;
}

/** The other modes read along each axis by index, so their gradient is that of Gather, axis by axis. */
function padGatherGrad(
  g: Builder,
  dy: Value,
  x: Value,
  pads: Value,
  axes: Value | undefined,
  mode: string,
): Value {
  const given = axes?.data && axesOf(numbersOf(axes.data), x.rank);
  if (pads.data === undefined || (axes !== undefined && (given === undefined || isIssue(given)))) {
    // Even the counts are inputs: pad the numbers of the elements in the same way.
    const size = g.Range(g.i64(0), g.Size(x), g.i64(1));
    const from = g.Pad(g.Reshape(size, g.Shape(x)), pads, undefined, axes, { mode });
    const flat = (v: Value) => g.Reshape(v, g.i64([-1]));
    return g.Reshape(gatherGrad(g, flat(dy), flat(x), flat(from), 0), g.Shape(x));
  }
  const counts = numbersOf(pads.data);
  const at = given === undefined || isIssue(given) ? x.shape.map((_, i) => i) : given;
  let d = dy;
  for (let i = at.length - 1; i >= 0; i--) {
    const axis = at[i] ?? 0;
    const [before = 0, after = 0] = [counts[i], counts[i + at.length]];
    if (before === 0 && after === 0) continue;
    const length = x.shape[axis] ?? 1;
    const indices =
      typeof length === "number"
        ? g.i64(
            Array.from(
              { length: length + before + after },
              (_, k) => padSource(k - before, length, mode) ?? 0,
            ),
          )
        : g.Pad(
            g.Range(g.i64(0), g.Squeeze(g.Shape(x, { start: axis, end: axis + 1 }), g.i64([0])), g.i64(1)),
            g.i64([before, after]),
            { mode },
          );
    d = gatherGrad(g, d, x, indices, axis);
  }
  return d;
}
