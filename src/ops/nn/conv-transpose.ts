import { dim, fail, type Issue, isIssue, issue, type Shape, unwrap } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { padAxis } from "../tensor/rules.js";
import { convBiasGrad, convWeightGrad } from "./conv-grad.js";
import { extent, type Sliding, tapsOf, WINDOW_ATTRIBUTES, type WindowOptions } from "./window.js";

interface TransposeOptions extends WindowOptions {
  group?: number;
  /** Zeros behind the result, each less than its stride (or dilation). */
  output_padding?: readonly number[];
  /** Spatial lengths wanted; the pads follow from them. */
  output_shape?: readonly number[];
}

declare module "../builder.js" {
  interface OpCalls {
    /** x [N, C, spatial...] with filters w [C, M/group, kernel...] and bias b [M]; gives [N, M, spatial...]. */
    ConvTranspose(x: Value, w: Value, b?: Value, attrs?: TransposeOptions): Value;
    ConvTranspose(x: Value, w: Value, attrs: TransposeOptions): Value;
  }
}

const ATTRIBUTES = {
  ...WINDOW_ATTRIBUTES,
  group: attr.int(1),
  output_padding: attr.ints(),
  output_shape: attr.ints(),
};
type Attributes = AttributeValues<typeof ATTRIBUTES>;

/** Transposed convolution: what Conv does to gradients of its input. */
export const ConvTranspose = defineOp({
  type: "ConvTranspose",
  since: 11,
  doc: "Transposed convolution: each input place adds its filters, scaled, to the places a Conv would have read.",
  inputs: ["x", "w", "b?"],
  outputs: ["y"],
  attributes: ATTRIBUTES,
  infer({ x, w, b }, attrs) {
    const [n, c] = x.shape;
    const [rows, perGroup, ...kernel] = w.shape;
    if (
      n === undefined ||
      c === undefined ||
      rows === undefined ||
      perGroup === undefined ||
      !dim.isStatic(kernel)
    ) {
      return issue("conv_rank", {
        expected: "x [N, C, spatial...] and w [C, M/group, kernel...] with a static kernel",
        received: `${dim.format(x.shape)} and ${dim.format(w.shape)}`,
      });
    }
    if (dim.conflict(c, rows)) {
      return issue("conv_channels", { expected: `${rows} channels, as w has`, received: `${c} channels` });
    }
    const m = dim.mul(perGroup, attrs.group);
    if (b !== undefined && (b.shape.length !== 1 || dim.conflict(b.shape[0] ?? 1, m))) {
      return issue("conv_bias", { expected: `a bias of shape [${m}]`, received: dim.format(b.shape) });
    }
    const rule = transposeRule(attrs, x.shape.slice(2), kernel);
    return isIssue(rule) ? rule : { y: { dtype: x.dtype, shape: [n, m, ...rule.output] } };
  },
  cost({ x, w, b }, { y }) {
    const macs = dim.mul(...x.shape, ...w.shape.slice(1));
    return { macs, flops: dim.add(dim.mul(2, macs), b === undefined ? 0 : dim.size(y.shape)) };
  },
  evaluate({ x, w, b }, attrs) {
    const [n = 1, c = 1, ...input] = x.dims;
    const [, perGroup = 1, ...kernel] = w.dims;
    const rule = unwrap(transposeRule(attrs, input, kernel), "ConvTranspose");
    const output = rule.output.map(Number);
    const m = perGroup * attrs.group;
    const out = ref(x.dtype, [n, m, ...output]);
    const [inSize, outSize, kSize] = [sizeOf(input), sizeOf(output), sizeOf(kernel)];
    for (let i = 0; i < out.data.length; i++) out.data[i] = b?.data[Math.floor(i / outSize) % m] ?? 0;
    // The places that a Conv from the output to the input would read.
    const taps = tapsOf(output, input, rule.window);
    for (let image = 0; image < n; image++) {
      for (let ci = 0; ci < c; ci++) {
        const group = Math.floor(ci / (c / attrs.group));
        for (let f = 0; f < perGroup; f++) {
          const to = (image * m + group * perGroup + f) * outSize;
          const weight = (ci * perGroup + f) * kSize;
          for (const [place, pairs] of taps.entries()) {
            const value = x.data[(image * c + ci) * inSize + place] ?? 0;
            for (let t = 0; t < pairs.length; t += 2) {
              const at = to + (pairs[t + 1] ?? 0);
              out.data[at] = (out.data[at] ?? 0) + value * (w.data[weight + (pairs[t] ?? 0)] ?? 0);
            }
          }
        }
      }
    }
    return { y: out };
  },
  // The transpose of a transposed convolution is the convolution itself, with the same filters.
  grad(g, { x, w, b }, { y: dy }, { attrs, needs }) {
    if (dy === undefined) return {};
    const kernel = w.shape.slice(2);
    if (!dim.isStatic(kernel)) return fail("conv_kernel", { received: dim.format(w.shape) });
    const { window, extra } = unwrap(transposeRule(attrs, x.shape.slice(2), kernel));
    let d = dy;
    extra.forEach((rest, i) => {
      // Where the zeros behind are a whole stride or more, a convolution would have one place too many.
      if (rest >= (window.strides[i] ?? 1)) d = padAxis(g, d, i + 2, 0, -rest);
    });
    const { group } = attrs;
    return {
      x: needs("x")
        ? g.Conv(d, w, {
            kernel_shape: kernel,
            strides: window.strides,
            dilations: window.dilations,
            pads: [...window.before, ...window.after],
            group,
          })
        : undefined,
      w: needs("w") ? convWeightGrad(g, d, x, w, { ...window, group }) : undefined,
      b: b !== undefined && needs("b") ? convBiasGrad(g, dy) : undefined,
    };
  },
  samples: [
    { inputs: { x: [2, 3, 4, 3], w: [3, 4, 3, 2], b: [4] } },
    {
      inputs: { x: [1, 2, 3, 4], w: [2, 3, 3, 3] },
      attrs: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
    },
    {
      inputs: { x: [1, 4, 3, 3], w: [4, 1, 3, 3] },
      attrs: { group: 4, strides: [2, 2], pads: [1, 0, 0, 1] },
    },
    {
      inputs: { x: [2, 4, 3, 4], w: [4, 3, 2, 2], b: [6] },
      attrs: { group: 2, dilations: [2, 1], strides: [1, 3] },
    },
    { inputs: { x: [1, 2, 3, 3], w: [2, 2, 3, 3] }, attrs: { strides: [2, 2], output_shape: [6, 7] } },
    { inputs: { x: [1, 2, 3, 3], w: [2, 2, 3, 3] }, attrs: { strides: [2, 2], auto_pad: "SAME_UPPER" } },
    { inputs: { x: [1, 2, 3, 3], w: [2, 2, 3, 3] }, attrs: { strides: [2, 2], auto_pad: "SAME_LOWER" } },
    { inputs: { x: [2, 2, 5], w: [2, 3, 3], b: [3] }, attrs: { strides: [2], pads: [1, 1] } },
    {
      inputs: { x: [1, 2, 2, 3, 2], w: [2, 2, 2, 2, 3] },
      attrs: { strides: [2, 1, 2], pads: [0, 1, 1, 1, 0, 1] },
    },
  ],
});

/** Window, zeros behind and output lengths: stride (L - 1) + output_padding + extent - before - after. */
function transposeRule(attrs: Attributes, spatial: Shape, kernel: readonly number[]) {
  const rank = spatial.length;
  const strides = attrs.strides ?? kernel.map(() => 1);
  const dilations = attrs.dilations ?? kernel.map(() => 1);
  const extra = attrs.output_padding ?? kernel.map(() => 0);
  const pads = attrs.pads ?? [...kernel, ...kernel].map(() => 0);
  if (
    kernel.length !== rank ||
    [strides, dilations, extra].some((list) => list.length !== rank) ||
    pads.length !== 2 * rank
  ) {
    return issue("window_rank", {
      expected: `lists of ${rank} numbers, pads of ${2 * rank}`,
      received: "others",
    });
  }
  const same = attrs.auto_pad.startsWith("SAME");
  const before: number[] = [];
  const after: number[] = [];
  const output = [];
  for (const [i, length] of spatial.entries()) {
    const stride = strides[i] ?? 1;
    const full = dim.add(
      dim.mul(stride, dim.sub(length, 1)),
      (extra[i] ?? 0) + extent(kernel[i] ?? 1, dilations[i] ?? 1),
    );
    const wanted =
      attrs.output_shape?.[attrs.output_shape.length - rank + i] ??
      (same ? dim.mul(length, stride) : undefined);
    if (wanted === undefined) {
      const valid = attrs.auto_pad === "VALID";
      before.push(valid ? 0 : (pads[i] ?? 0));
      after.push(valid ? 0 : (pads[i + rank] ?? 0));
      output.push(dim.sub(full, (before[i] ?? 0) + (after[i] ?? 0)));
      continue;
    }
    const total = dim.sub(full, wanted);
    if (typeof total !== "number") return symbolicPads(spatial);
    const padding = Math.max(0, total);
    const small = Math.floor(padding / 2);
    before.push(attrs.auto_pad === "SAME_UPPER" ? small : padding - small);
    after.push(attrs.auto_pad === "SAME_UPPER" ? padding - small : small);
    output.push(wanted);
  }
  const window: Sliding = { kernel, strides, dilations, before, after };
  return { window, extra, output };
}

function symbolicPads(spatial: Shape): Issue {
  return issue("window_pads", {
    expected: "static spatial lengths where output_shape decides the pads",
    received: dim.format(spatial),
    hint: "give pads and output_padding instead",
  });
}
