import { dim, type Issue, isIssue, issue, unwrap } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import { type Arg, defineOp } from "../define.js";
import { eachIndex, type RefTensor, ref } from "../reference.js";
import { convShape } from "./conv-shape.js";
import { deformConvGrad } from "./deform-conv-grad.js";
import { linearRead } from "./linear-read.js";
import { type Sliding, sliding, WINDOW_ATTRIBUTES, type WindowRule, windowRule } from "./window.js";

const { auto_pad: _, ...WINDOW } = WINDOW_ATTRIBUTES;
const ATTRIBUTES = { ...WINDOW, group: attr.int(1), offset_group: attr.int(1) };
/** What a sample leaves out. */
const NONE = { strides: undefined, pads: undefined, dilations: undefined, kernel_shape: undefined };
type Attributes = AttributeValues<typeof ATTRIBUTES>;

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x [N, C, spatial...] with filters w [M, C/group, kernel...] whose taps read at their place plus `offset`
     * [N, offset_group * taps * axes, out...], linearly between the elements, times `mask`
     * [N, offset_group * taps, out...]; gives [N, M, out...]. Offsets count in elements, first axis first.
     */
    DeformConv(
      x: Value,
      w: Value,
      offset: Value,
      b?: Value,
      mask?: Value,
      attrs?: {
        dilations?: readonly number[];
        group?: number;
        kernel_shape?: readonly number[];
        offset_group?: number;
        pads?: readonly number[];
        strides?: readonly number[];
      },
    ): Value;
  }
}

/**
 * Deformable convolution (Dai et al. 2017, arXiv:1703.06211; with a mask: Zhu et al. 2018, arXiv:1811.11168), over any
 * number of spatial axes. The derivative by an offset jumps where a tap falls on an element; there it is the one to
 * the right.
 */
export const DeformConv = defineOp({
  type: "DeformConv",
  since: 19,
  doc: "Convolution whose taps read at learned offsets from their places, each times a learned mask.",
  inputs: ["x", "w", "offset", "b?", "mask?"],
  outputs: ["y"],
  attributes: ATTRIBUTES,
  infer({ x, w, offset, b, mask }, attrs) {
    const shape = convShape(x, w, b, plain(attrs));
    if (isIssue(shape)) return shape;
    const wrong = offsetIssue(x, w, { offset, mask }, attrs, shape.slice(2));
    return wrong ?? { y: { dtype: x.dtype, shape } };
  },
  cost({ x, w, b, mask }, { y }) {
    const places = dim.size(y.shape.slice(2));
    const macs = dim.mul(...y.shape, ...w.shape.slice(1));
    // Each tap of each channel reads 2^axes elements and weighs them.
    const taps = dim.mul(x.shape[0] ?? 1, x.shape[1] ?? 1, ...w.shape.slice(2), places);
    const read = dim.mul(taps, 2 * 2 ** (x.shape.length - 2) + (mask === undefined ? 0 : 1));
    return { macs, flops: dim.add(dim.mul(2, macs), read, b === undefined ? 0 : dim.size(y.shape)) };
  },
  evaluate({ x, w, offset, b, mask }, attrs) {
    const rule = ruleOf(attrs, x.dims, w.dims);
    const window = sliding(rule);
    const columns = deformedColumns(x, offset, mask, attrs.offset_group, { window, rule });
    const [m = 1, perGroup = 1] = w.dims;
    const [taken, places] = [perGroup * sizeOf(window.kernel), sizeOf(rule.output.map(Number))];
    const y = ref(x.dtype, [x.dims[0] ?? 1, m, ...rule.output.map(Number)]);
    for (let row = 0; row < (x.dims[0] ?? 1) * m; row++) {
      const filter = row % m;
      const group = Math.floor((filter * attrs.group) / m);
      const from = (Math.floor(row / m) * attrs.group + group) * taken;
      for (let place = 0; place < places; place++) {
        let sum = b?.data[filter] ?? 0;
        for (let k = 0; k < taken; k++) {
          sum += (w.data[filter * taken + k] ?? 0) * (columns[(from + k) * places + place] ?? 0);
        }
        y.data[row * places + place] = sum;
      }
    }
    return { y };
  },
  grad(g, inputs, { y: dy }, { attrs, needs }) {
    if (dy === undefined) return {};
    const window = sliding(ruleOf(attrs, inputs.x.shape, inputs.w.dims));
    const { group, offset_group: offsetGroup } = attrs;
    return deformConvGrad(g, { ...inputs, dy }, { ...window, group, offsetGroup }, needs);
  },
  samples: [
    sample([1, 2, 4, 5], [3, 2, 2, 3], { b: 3, mask: true }, {}),
    sample([2, 2, 5, 4], [2, 2, 3, 2], {}, { strides: [2, 1], pads: [1, 0, 1, 1] }),
    sample([1, 4, 4, 4], [4, 2, 2, 2], { mask: true }, { group: 2, offset_group: 2 }),
    sample([1, 4, 5, 5], [2, 4, 2, 2], { b: 2 }, { offset_group: 4, dilations: [2, 1] }),
    sample([1, 4, 4, 3], [4, 1, 3, 3], { mask: true }, { group: 4, offset_group: 2, pads: [1, 1, 1, 1] }),
    {
      ...sample([1, 2, 5], [2, 2, 3], { mask: true }, { pads: [1, 1] }),
      noRuntime: "version 1.30 has two spatial axes only",
    },
    {
      ...sample([1, 1, 3, 3, 3], [2, 1, 2, 2, 2], { b: 2 }, {}),
      noRuntime: "version 1.30 has two spatial axes only",
    },
  ],
});

/** A case with offsets beyond the edges, away from places where the derivative jumps. */
function sample(
  x: readonly number[],
  w: readonly number[],
  more: { readonly b?: number; readonly mask?: true },
  attrs: Partial<Record<"strides" | "pads" | "dilations", readonly number[]>> & {
    readonly group?: number;
    readonly offset_group?: number;
  },
) {
  const kernel = w.slice(2);
  const rule = unwrap(windowRule(plain({ ...NONE, ...attrs }), x.slice(2), kernel));
  const out = rule.output.map(Number);
  const taps = (attrs.offset_group ?? 1) * sizeOf(kernel);
  const dims = [x[0] ?? 1, taps * kernel.length, ...out];
  const values = Array.from({ length: sizeOf(dims) }, (_, i) =>
    Math.fround(((i * 7) % 5) - 2 + 0.2 + 0.6 * ((i * 0.377) % 1)),
  );
  return {
    inputs: {
      x,
      w,
      offset: { dims, values, feed: true },
      ...(more.b === undefined ? {} : { b: [more.b] }),
      ...(more.mask === true ? { mask: [x[0] ?? 1, taps, ...out] } : {}),
    },
    attrs,
  };
}

/** The attributes as those of a convolution. */
function plain(attrs: Omit<Attributes, "group" | "offset_group"> & { readonly group?: number }) {
  return { ...attrs, group: attrs.group ?? 1, auto_pad: "NOTSET" };
}

function ruleOf(attrs: Attributes, x: Arg["shape"], w: readonly number[]): WindowRule {
  return unwrap(windowRule(plain(attrs), x.slice(2), w.slice(2)), "DeformConv");
}

function offsetIssue(
  x: Arg,
  w: Arg,
  { offset, mask }: { readonly offset: Arg; readonly mask?: Arg | undefined },
  attrs: Attributes,
  output: Arg["shape"],
): Issue | undefined {
  const groups = attrs.offset_group;
  const channels = x.shape[1] ?? 1;
  if (!(groups >= 1) || (typeof channels === "number" && channels % groups !== 0)) {
    return issue("deform_groups", {
      expected: `an offset_group that divides ${channels} channels`,
      received: String(groups),
    });
  }
  const taps = groups * sizeOf(w.shape.slice(2).map(Number));
  for (const [name, arg, rows] of [
    ["offset", offset, taps * output.length],
    ["mask", mask, taps],
  ] as const) {
    if (arg === undefined) continue;
    const wanted = [x.shape[0] ?? 1, rows, ...output];
    const fits =
      arg.shape.length === wanted.length && !wanted.some((d, i) => dim.conflict(d, arg.shape[i] ?? 1));
    if (!fits) {
      return issue("deform_offset", {
        expected: `${name} ${dim.format(wanted)}`,
        received: dim.format(arg.shape),
        hint: "one number an offset group, tap of the kernel (and, for offsets, axis), at each place of the result",
      });
    }
  }
  return undefined;
}

/** What every tap reads, times its mask: [N, C * taps, places], channels first. */
function deformedColumns(
  x: RefTensor,
  offset: RefTensor,
  mask: RefTensor | undefined,
  groups: number,
  { window, rule }: { readonly window: Sliding; readonly rule: WindowRule },
): Float64Array {
  const [n = 1, channels = 1, ...spatial] = x.dims;
  const output = rule.output.map(Number);
  const [taps, places, size, axes] = [sizeOf(window.kernel), sizeOf(output), sizeOf(spatial), spatial.length];
  const columns = new Float64Array(n * channels * taps * places);
  const point = new Array<number>(axes).fill(0);
  for (let plane = 0; plane < n * groups; plane++) {
    eachIndex(window.kernel, (tap, k) => {
      eachIndex(output, (place, p) => {
        for (let a = 0; a < axes; a++) {
          const start = (place[a] ?? 0) * (window.strides[a] ?? 1) - (window.before[a] ?? 0);
          const moved = offset.data[((plane * taps + k) * axes + a) * places + p] ?? 0;
          point[a] = start + (tap[a] ?? 0) * (window.dilations[a] ?? 1) + moved;
        }
        const factor = mask === undefined ? 1 : (mask.data[(plane * taps + k) * places + p] ?? 0);
        for (let c = 0; c < channels / groups; c++) {
          const channel = plane * (channels / groups) + c;
          columns[(channel * taps + k) * places + p] =
            factor * linearRead(x.data, channel * size, spatial, point);
        }
      });
    });
  }
  return columns;
}
