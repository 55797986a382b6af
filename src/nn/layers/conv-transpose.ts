import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import { type Initializer, init } from "../initializers.js";
import type { NetworkBuilder } from "../network.js";
import { channelsOf, type PerAxis, spread } from "./conv.js";

export interface ConvTransposeOptions {
  readonly kernel: PerAxis;
  readonly stride?: PerAxis;
  readonly groups?: number;
  readonly dilation?: PerAxis;
  /** Taken off both sides of the result. Default: none. */
  readonly padding?: PerAxis;
  /** Added behind the result. */
  readonly outputPadding?: PerAxis;
  readonly bias?: boolean;
  readonly init?: Initializer;
}

/** Transposed convolution of x [N, C, L]: length (L − 1)·stride + dilation·(kernel − 1) + 1 − 2·padding. */
export function convTranspose1d(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: ConvTransposeOptions,
): Value {
  return transposed(g, x, out, options, 1);
}

/** Transposed convolution of x [N, C, H, W] to `out` channels; the usual learned enlargement. */
export function convTranspose2d(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: ConvTransposeOptions,
): Value {
  return transposed(g, x, out, options, 2);
}

/** Transposed convolution of x [N, C, D, H, W] to `out` channels. */
export function convTranspose3d(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: ConvTransposeOptions,
): Value {
  return transposed(g, x, out, options, 3);
}

function transposed(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: ConvTransposeOptions,
  axes: number,
): Value {
  const { groups = 1, bias = false } = options;
  const channels = channelsOf(x, axes, groups);
  const kernel = spread(options.kernel, axes);
  const pads = spread(options.padding ?? 0, axes);
  // ONNX stores the filters as [in, out/groups, kernel...]: what one input number spreads to is its fan in here.
  const w = g.param("weight", [channels, out / groups, ...kernel], { init: options.init ?? init.heNormalIn });
  const b = bias ? g.param("bias", [out], { init: init.zeros, decay: false }) : undefined;
  return g.ConvTranspose(x, w, b, {
    kernel_shape: kernel,
    strides: spread(options.stride ?? 1, axes),
    pads: [...pads, ...pads],
    output_padding: spread(options.outputPadding ?? 0, axes),
    dilations: spread(options.dilation ?? 1, axes),
    group: groups,
  });
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "convTranspose1d",
    group: "Convolution",
    doc: "Transposed convolution along one axis.",
    samples: [
      sample({ x: ["N", 3, 4] }, ["N", 2, 8], (g, { x }) =>
        convTranspose1d(g, x, 2, { kernel: 2, stride: 2, bias: true }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "convTranspose2d",
    group: "Convolution",
    doc: "Transposed convolution: each input place adds its filters to the places that a convolution would have read.",
    formula: "y = Convᵀ(x): the gradient of a convolution with respect to its input",
    source: "Zeiler et al. 2010",
    samples: [
      sample({ x: ["N", 3, 3, 3] }, ["N", 2, 6, 6], (g, { x }) =>
        convTranspose2d(g, x, 2, { kernel: 3, stride: 2, padding: 1, outputPadding: 1 }),
      ),
      sample({ x: ["N", 4, 3, 2] }, ["N", 4, 4, 3], (g, { x }) =>
        convTranspose2d(g, x, 4, { kernel: 2, groups: 2 }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "convTranspose3d",
    group: "Convolution",
    doc: "Transposed convolution over volumes.",
    samples: [
      sample({ x: ["N", 2, 2, 2, 2] }, ["N", 2, 4, 4, 4], (g, { x }) =>
        convTranspose3d(g, x, 2, { kernel: 2, stride: 2 }),
      ),
    ],
  },
];
