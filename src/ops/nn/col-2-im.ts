import { type Dim, dim, fail, type Issue, isIssue, issue, unwrap } from "../../base/index.js";
import { numbersOf, sizeOf, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { integersOf, padAxis, reshapeTo, unknownShape } from "../tensor/rules.js";
import { type Sliding, sliding, tapsOf, type WindowAttributes, windowRule } from "./window.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Columns x [N, C * block, places] added up to images [N, C, image...]: the reverse of cutting out windows. */
    Col2Im(
      x: Value,
      image: Value,
      block: Value,
      attrs?: { dilations?: readonly number[]; pads?: readonly number[]; strides?: readonly number[] },
    ): Value;
  }
}

/** Windows laid back onto the image that they were cut out of; where several lie on one place, they add up. */
export const Col2Im = defineOp({
  type: "Col2Im",
  since: 18,
  doc: "Windows, as columns, added up to the image that they were cut out of.",
  inputs: ["x", "image", "block"],
  outputs: ["y"],
  attributes: { dilations: attr.ints(), pads: attr.ints(), strides: attr.ints() },
  infer({ x, image, block }, attrs) {
    const [n, columns, places] = x.shape;
    if (n === undefined || columns === undefined || places === undefined || x.shape.length !== 3) {
      return issue("col2im_rank", { expected: "x [N, C * block, places]", received: dim.format(x.shape) });
    }
    const lengths = integersOf(image);
    const kernel = integersOf(block);
    const channels =
      kernel === undefined ? dim.unknown() : (dim.divide(columns, sizeOf(kernel)) ?? dim.unknown());
    if (typeof channels === "number" && !Number.isInteger(channels)) {
      return issue("col2im_block", {
        expected: `a multiple of ${sizeOf(kernel ?? [])} rows`,
        received: `${columns}`,
      });
    }
    if (lengths === undefined || kernel === undefined) {
      const rank = image.shape[0];
      const spatial: Dim[] = lengths ?? (typeof rank === "number" ? unknownShape(rank) : []);
      return { y: { dtype: x.dtype, shape: [n, channels, ...spatial] } };
    }
    const rule = foldRule(attrs, lengths, kernel);
    if (isIssue(rule)) return rule;
    if (dim.conflict(sizeOf(rule.output), places)) {
      return issue("col2im_places", { expected: `${sizeOf(rule.output)} places`, received: String(places) });
    }
    return { y: { dtype: x.dtype, shape: [n, channels, ...lengths] } };
  },
  cost: ({ x }) => ({ flops: dim.size(x.shape) }),
  evaluate({ x, image, block }, attrs) {
    const [lengths, kernel] = [Array.from(image.data), Array.from(block.data)];
    const { window, output } = unwrap(foldRule(attrs, lengths, kernel), "Col2Im");
    const taps = tapsOf(lengths, output, window);
    const [n = 1, columns = 1, places = 1] = x.dims;
    const [taken, size] = [sizeOf(kernel), sizeOf(lengths)];
    const y = ref(x.dtype, [n, columns / taken, ...lengths]);
    for (let plane = 0; plane < (n * columns) / taken; plane++) {
      for (const [place, pairs] of taps.entries()) {
        for (let t = 0; t < pairs.length; t += 2) {
          const to = plane * size + (pairs[t + 1] ?? 0);
          y.data[to] = (y.data[to] ?? 0) + (x.data[(plane * taken + (pairs[t] ?? 0)) * places + place] ?? 0);
        }
      }
    }
    return { y };
  },
  // Every window reads its places again; those in the padding read a zero behind the image.
  grad(g, { x, image, block }, { y: dy }, { attrs, outputs }) {
    if (dy === undefined) return {};
    const channels = outputs.y.shape[1];
    if (image.data === undefined || block.data === undefined || typeof channels !== "number") {
      return fail("col2im_symbolic", {
        expected: "constant image and block, and static channels, to differentiate Col2Im",
        received: dim.format(x.shape),
      });
    }
    const [lengths, kernel] = [numbersOf(image.data), numbersOf(block.data)];
    const { window, output } = unwrap(foldRule(attrs, lengths, kernel), "Col2Im");
    const [taken, size, places] = [sizeOf(kernel), sizeOf(lengths), sizeOf(output)];
    const from = new Array<number>(taken * places).fill(size);
    for (const [place, pairs] of tapsOf(lengths, output, window).entries()) {
      for (let t = 0; t < pairs.length; t += 2) from[(pairs[t] ?? 0) * places + place] = pairs[t + 1] ?? size;
    }
    const flat = padAxis(g, g.Reshape(dy, g.i64([0, channels, size])), 2, 0, 1);
    return { x: reshapeTo(g, g.Gather(flat, g.i64(from), { axis: 2 }), x.shape, x) };
  },
  samples: [
    fold([1, 5, 5], [5, 5], [1, 5], {}),
    fold([2, 8, 12], [4, 5], [2, 2], {}),
    fold([1, 9, 9], [5, 6], [3, 3], { strides: [2, 2], pads: [1, 0, 1, 1] }),
    fold([1, 4, 6], [4, 5], [2, 2], { dilations: [2, 2] }),
    fold([1, 6, 5], [6], [2], {}),
    fold([1, 8, 2], [2, 3, 2], [2, 2, 2], {}),
  ],
});

function fold(
  x: readonly number[],
  image: readonly number[],
  block: readonly number[],
  attrs: Record<string, unknown>,
) {
  const lengths = (values: readonly number[]) => ({ dims: [values.length], dtype: "int64" as const, values });
  return { inputs: { x, image: lengths(image), block: lengths(block) }, attrs };
}

/** How windows of a block lie on an image. */
function foldRule(
  attrs: Pick<WindowAttributes, "dilations" | "pads" | "strides">,
  image: readonly number[],
  block: readonly number[],
): { window: Sliding; output: number[] } | Issue {
  const rule = windowRule({ ...attrs, auto_pad: "NOTSET", kernel_shape: block }, image, block);
  return isIssue(rule) ? rule : { window: sliding(rule), output: rule.output.map(Number) };
}
