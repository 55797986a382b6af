import { type Dim, dim, fail, type Issue, issue, type Shape } from "../../base/index.js";
import { sizeOf } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { eachIndex } from "../reference.js";

/** Attributes by which convolutions and pools slide a window over the spatial axes. */
export const WINDOW_ATTRIBUTES = {
  auto_pad: attr.string("NOTSET"),
  dilations: attr.ints(),
  kernel_shape: attr.ints(),
  pads: attr.ints(),
  strides: attr.ints(),
};

export interface WindowAttributes {
  readonly auto_pad: string;
  readonly dilations: readonly number[] | undefined;
  readonly kernel_shape: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

/** The same, as a caller of the builder writes them. */
export interface WindowOptions {
  auto_pad?: "NOTSET" | "SAME_UPPER" | "SAME_LOWER" | "VALID";
  dilations?: readonly number[];
  kernel_shape?: readonly number[];
  /** All counts before, then all counts after. */
  pads?: readonly number[];
  strides?: readonly number[];
}

/** How a window slides: everything resolved, one entry a spatial axis. */
export interface Sliding {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** What is known of a window over symbolic lengths: pads are undefined where they depend on a length. */
export interface WindowRule {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: { readonly before: readonly number[]; readonly after: readonly number[] } | undefined;
  readonly output: Dim[];
}

/** Length that a dilated kernel covers. */
export function extent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Lists of the attributes with their defaults; the refusal where one has another length or a bad number. */
function lists(attrs: WindowAttributes, kernel: readonly number[]) {
  const rank = kernel.length;
  const strides = attrs.strides ?? kernel.map(() => 1);
  const dilations = attrs.dilations ?? kernel.map(() => 1);
  const pads = attrs.pads ?? [...kernel, ...kernel].map(() => 0);
  for (const [name, list, length, least] of [
    ["kernel_shape", kernel, rank, 1],
    ["strides", strides, rank, 1],
    ["dilations", dilations, rank, 1],
    ["pads", pads, 2 * rank, 0],
  ] as const) {
    if (list.length !== length || list.some((v) => v < least)) {
      return issue("window_attribute", {
        expected: `${name} of ${length} integers of at least ${least}`,
        received: `[${list.join(", ")}]`,
      });
    }
  }
  return { strides, dilations, pads };
}

/**
 * The window's rule over spatial lengths. Output length: floor((L + before + after - extent) / stride) + 1, or
 * ceil(...) where `ceil` is set, unless the last window would then start in the padding behind the input.
 */
export function windowRule(
  attrs: WindowAttributes,
  spatial: Shape,
  kernel: readonly number[],
  ceil = false,
): WindowRule | Issue {
  if (kernel.length !== spatial.length) {
    return issue("window_rank", {
      expected: `a kernel of ${spatial.length} axes`,
      received: `[${kernel.join(", ")}]`,
    });
  }
  const given = lists(attrs, kernel);
  if ("code" in given) return given;
  const { strides, dilations } = given;
  const before: number[] = [];
  const after: number[] = [];
  const output: Dim[] = [];
  let resolved = true;
  for (const [i, length] of spatial.entries()) {
    const stride = strides[i] ?? 1;
    const covers = extent(kernel[i] ?? 1, dilations[i] ?? 1);
    if (attrs.auto_pad === "SAME_UPPER" || attrs.auto_pad === "SAME_LOWER") {
      const out = dim.ceilDiv(length, stride);
      const total =
        stride === 1 ? covers - 1 : dim.sub(dim.add(dim.mul(dim.sub(out, 1), stride), covers), length);
      output.push(out);
      if (typeof total !== "number") resolved = false;
      const padding = typeof total === "number" ? Math.max(0, total) : 0;
      const small = Math.floor(padding / 2);
      before.push(attrs.auto_pad === "SAME_UPPER" ? small : padding - small);
      after.push(attrs.auto_pad === "SAME_UPPER" ? padding - small : small);
      continue;
    }
    if (attrs.auto_pad !== "NOTSET" && attrs.auto_pad !== "VALID") {
      return issue("window_auto_pad", {
        expected: "NOTSET, SAME_UPPER, SAME_LOWER or VALID",
        received: attrs.auto_pad,
      });
    }
    const [first, last] =
      attrs.auto_pad === "VALID" ? [0, 0] : [given.pads[i] ?? 0, given.pads[i + spatial.length] ?? 0];
    before.push(first);
    after.push(last);
    const room = dim.add(length, first + last - covers);
    if (typeof room === "number" && room < 0) {
      return issue("window_size", {
        expected: `spatial lengths of at least ${covers - first - last} on axis ${i}`,
        received: String(length),
        hint: "use a smaller kernel, less dilation or more padding",
      });
    }
    output.push(
      ceil ? ceilLength(length, room, stride, first, last - covers) : dim.add(dim.floorDiv(room, stride), 1),
    );
  }
  return { kernel, strides, dilations, pads: resolved ? { before, after } : undefined, output };
}

function ceilLength(length: Dim, room: Dim, stride: number, first: number, slack: number): Dim {
  const out = dim.add(dim.ceilDiv(room, stride), 1);
  if (typeof out === "number" && typeof length === "number") {
    return (out - 1) * stride >= length + first ? out - 1 : out;
  }
  // A window can start behind a symbolic length only where the padding there is wide enough.
  return slack + stride > 0 ? dim.unknown() : out;
}

/** The rule with its pads; fails where they depend on symbolic lengths. */
export function sliding(rule: WindowRule): Sliding {
  const { kernel, strides, dilations, pads } = rule;
  if (pads === undefined) {
    fail("window_pads", {
      expected: "static spatial lengths for auto_pad SAME with strides",
      hint: "give pads as numbers instead of auto_pad",
    });
  }
  return { kernel, strides, dilations, ...pads };
}

/**
 * For every output place, the pairs (kernel place, input place) that meet inside the input: even entries count
 * the kernel row-major, odd entries the input.
 */
export function tapsOf(input: readonly number[], output: readonly number[], window: Sliding): number[][] {
  const taps: number[][] = Array.from({ length: sizeOf(output) }, () => []);
  eachIndex(output, (place, flat) => {
    const list = taps[flat] ?? [];
    eachIndex(window.kernel, (offset, k) => {
      let at = 0;
      for (let i = 0; i < input.length; i++) {
        const length = input[i] ?? 1;
        const position =
          (place[i] ?? 0) * (window.strides[i] ?? 1) -
          (window.before[i] ?? 0) +
          (offset[i] ?? 0) * (window.dilations[i] ?? 1);
        if (position < 0 || position >= length) return;
        at = at * length + position;
      }
      list.push(k, at);
    });
  });
  return taps;
}
