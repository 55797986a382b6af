import type { Value } from "../../ir/index.js";
import type { ActivationName } from "../activations.js";
import { type Definition, sample } from "../define.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import type { BatchNormOptions } from "./batch-norm.js";
import { convBn } from "./conv-bn.js";
import { dropPath } from "./dropout.js";
import { type SqueezeExciteOptions, squeezeExcite } from "./squeeze-excite.js";

export interface InvertedResidualOptions {
  readonly kernel: number;
  readonly stride: number;
  /** Channels of the depthwise part, as a multiple of the input's. */
  readonly expansion: number;
  /** Channels of the depthwise part, in place of `expansion` times the input's. */
  readonly hidden?: number;
  readonly squeezeExcite: boolean | SqueezeExciteOptions;
  readonly activation: ActivationName;
  readonly norm?: BatchNormOptions;
  /** Of the depthwise convolution. Default: "same". */
  readonly padding?: number;
  /** Rate of stochastic depth of the branch, where there is a shortcut. */
  readonly dropPath?: number;
  /** Whether a branch beside a shortcut begins as nothing: its last scale is 0. */
  readonly zeroLast?: boolean;
}

/**
 * Inverted residual (Sandler et al. 2018): 1×1 expansion, depthwise convolution, optional squeeze-excite, linear
 * 1×1 projection; a shortcut where shapes allow. The expansion is left out where it would add no channels.
 */
export function invertedResidual(
  g: NetworkBuilder,
  x: Value,
  out: number,
  o: InvertedResidualOptions,
): Value {
  const channels = fixedDim(x, 1);
  const inner = o.hidden ?? Math.round(channels * o.expansion);
  const shortcut = o.stride === 1 && channels === out;
  const { activation, norm } = o;
  let h = x;
  if (inner !== channels) h = g.scope("expand", () => convBn(g, h, inner, { kernel: 1, activation, norm }));
  h = g.scope("depthwise", () =>
    convBn(g, h, inner, {
      kernel: o.kernel,
      stride: o.stride,
      groups: inner,
      padding: o.padding,
      activation,
      norm,
    }),
  );
  if (o.squeezeExcite !== false) {
    h = squeezeExcite(g, h, o.squeezeExcite === true ? undefined : o.squeezeExcite);
  }
  const last = shortcut && o.zeroLast === true ? { ...norm, scale: 0 } : norm;
  h = g.scope("project", () => convBn(g, h, out, { kernel: 1, norm: last }));
  return shortcut ? g.Add(x, dropPath(g, h, o.dropPath ?? 0)) : h;
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "invertedResidual",
    group: "Blocks",
    doc: "Inverted residual with a linear bottleneck: expansion, depthwise convolution, optional squeeze-excite, projection.",
    source: "Sandler et al. 2018, arXiv:1801.04381",
    samples: [
      sample(
        { x: ["N", 3, 4, 4] },
        ["N", 3, 4, 4],
        (g, { x }) =>
          invertedResidual(g, x, 3, {
            kernel: 3,
            stride: 1,
            expansion: 2,
            squeezeExcite: true,
            activation: "silu",
            dropPath: 0.5,
          }),
        { batch: 6 },
      ),
      sample({ x: ["N", 4, 4, 4] }, ["N", 2, 2, 2], (g, { x }) =>
        invertedResidual(g, x, 2, {
          kernel: 3,
          stride: 2,
          expansion: 1,
          squeezeExcite: false,
          activation: "hard-swish",
        }),
      ),
    ],
  },
];
