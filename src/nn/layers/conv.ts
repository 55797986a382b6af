import { fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import { type Initializer, init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { standardizeWeights } from "./weight-standardization.js";

/** A number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

export interface ConvOptions {
  readonly kernel: PerAxis;
  readonly stride?: PerAxis;
  readonly groups?: number;
  readonly dilation?: PerAxis;
  /** On both sides. Default: such that stride 1 keeps the size where the kernel is odd ("same"). */
  readonly padding?: PerAxis;
  readonly bias?: boolean;
  readonly init?: Initializer;
  /** Filters of mean 0 and variance 1 (Qiao et al. 2019, arXiv:1903.10520). */
  readonly standardize?: boolean;
}

/** 1-D convolution of x [N, C, L] to [N, out, L']; He-normal weights (fan out). */
export function conv1d(g: NetworkBuilder, x: Value, out: number, options: ConvOptions): Value {
  return conv(g, x, out, options, 1);
}

/** 2-D convolution of x [N, C, H, W] to `out` channels; He-normal weights (fan out). */
export function conv2d(g: NetworkBuilder, x: Value, out: number, options: ConvOptions): Value {
  return conv(g, x, out, options, 2);
}

/** 3-D convolution of x [N, C, D, H, W] to `out` channels; He-normal weights (fan out). */
export function conv3d(g: NetworkBuilder, x: Value, out: number, options: ConvOptions): Value {
  return conv(g, x, out, options, 3);
}

function conv(g: NetworkBuilder, x: Value, out: number, options: ConvOptions, axes: number): Value {
  const { groups = 1, bias = false } = options;
  const channels = channelsOf(x, axes, groups);
  const kernel = spread(options.kernel, axes);
  const dilations = spread(options.dilation ?? 1, axes);
  const pads =
    options.padding === undefined
      ? kernel.map((k, i) => ((dilations[i] ?? 1) * (k - 1)) >> 1)
      : spread(options.padding, axes);
  const weight = g.param("weight", [out, channels / groups, ...kernel], {
    init: options.init ?? init.heNormal,
    groups,
  });
  const w = options.standardize === true ? standardizeWeights(g, weight) : weight;
  const b = bias ? g.param("bias", [out], { init: init.zeros, decay: false }) : undefined;
  return g.Conv(x, w, b, {
    kernel_shape: kernel,
    strides: spread(options.stride ?? 1, axes),
    pads: [...pads, ...pads],
    dilations,
    group: groups,
  });
}

/** Channels of x [N, C, spatial...] of a rank; they must fall into equal groups. */
export function channelsOf(x: Value, axes: number, groups = 1): number {
  if (x.rank !== axes + 2) {
    fail("layer_rank", {
      path: x.name,
      expected: `rank ${axes + 2} for a convolution over ${axes} axes`,
      received: `rank ${x.rank}`,
    });
  }
  const channels = fixedDim(x, 1);
  if (channels % groups !== 0) {
    fail("layer_groups", {
      path: x.name,
      expected: `channels that ${groups} groups divide`,
      received: `${channels}`,
    });
  }
  return channels;
}

/** One number for each of so many axes. */
export function spread(value: PerAxis, axes: number): number[] {
  const list = typeof value === "number" ? new Array<number>(axes).fill(value) : [...value];
  return list.length === axes
    ? list
    : fail("layer_axes", { expected: `one number, or ${axes}`, received: `${list.length}` });
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "conv1d",
    group: "Convolution",
    doc: "Convolution along one axis: sequences, audio. Groups, dilation and padding as in two dimensions.",
    formula: "y[o, t] = Σ_c Σ_k W[o, c, k] · x[c, s·t + d·k − p]",
    samples: [
      sample({ x: ["N", 3, 7] }, ["N", 4, 7], (g, { x }) => conv1d(g, x, 4, { kernel: 3, bias: true })),
      sample({ x: ["N", 2, 8] }, ["N", 4, 8], (g, { x }) =>
        conv1d(g, x, 4, { kernel: 3, dilation: 2, groups: 2 }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "conv2d",
    group: "Convolution",
    doc: "Convolution over images; depthwise where `groups` equals the channels.",
    formula: "y[o, i, j] = Σ_c Σ_k Σ_l W[o, c, k, l] · x[c, s·i + d·k − p, s·j + d·l − p] (+ b[o])",
    source: "LeCun et al. 1989",
    samples: [
      sample({ x: ["N", 3, 5, 5] }, ["N", 4, 5, 5], (g, { x }) => conv2d(g, x, 4, { kernel: 3, bias: true })),
      sample({ x: ["N", 4, 6, 5] }, ["N", 4, 3, 3], (g, { x }) =>
        conv2d(g, x, 4, { kernel: 3, stride: 2, groups: 4 }),
      ),
      sample({ x: ["N", 2, 5, 6] }, ["N", 3, 5, 6], (g, { x }) => conv2d(g, x, 3, { kernel: [1, 3] })),
      sample({ x: ["N", 2, 4, 4] }, ["N", 3, 4, 4], (g, { x }) =>
        conv2d(g, x, 3, { kernel: 3, standardize: true }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "conv3d",
    group: "Convolution",
    doc: "Convolution over volumes or short films.",
    samples: [
      sample({ x: ["N", 2, 3, 4, 4] }, ["N", 3, 2, 2, 2], (g, { x }) =>
        conv3d(g, x, 3, { kernel: 3, stride: 2 }),
      ),
    ],
  },
];
