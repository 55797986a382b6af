import type { Value } from "../ir/index.js";
import { type ActivationName, activation } from "./activations.js";
import { batchNorm, type ConvOptions, conv2d } from "./layers.js";
import { fixedDim, type NetworkBuilder } from "./network.js";

/** Convolution, batch normalisation and, where one is named, an activation. */
export function convBn(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: ConvOptions & { readonly activation?: ActivationName },
): Value {
  const y = batchNorm(g, conv2d(g, x, out, options));
  return options.activation === undefined ? y : activation(g, y, options.activation);
}

/** Squeeze-and-excitation (Hu et al. 2018): channels scaled by a gate computed from their means. */
export function squeezeExcite(g: NetworkBuilder, x: Value, reduction = 4): Value {
  const channels = fixedDim(x, 1);
  const inner = Math.max(4, Math.round(channels / reduction));
  return g.scope("se", () => {
    const mean = g.ReduceMean(x, g.i64([2, 3]), { keepdims: 1 });
    const squeezed = g.Relu(g.scope("reduce", () => conv2d(g, mean, inner, { kernel: 1, bias: true })));
    const gate = g.scope("expand", () => conv2d(g, squeezed, channels, { kernel: 1, bias: true }));
    return g.Mul(x, g.HardSigmoid(gate, { alpha: 1 / 6, beta: 0.5 }));
  });
}

export interface InvertedResidualOptions {
  readonly kernel: number;
  readonly stride: number;
  /** Channels of the depthwise part, as a multiple of the input's. */
  readonly expansion: number;
  readonly squeezeExcite: boolean;
  readonly activation: ActivationName;
}

/**
 * Inverted residual (Sandler et al. 2018): 1×1 expansion, depthwise convolution, optional squeeze-excite, linear
 * 1×1 projection; a shortcut where shapes allow. The activation of the expansion is left out at expansion 1.
 */
export function invertedResidual(
  g: NetworkBuilder,
  x: Value,
  out: number,
  o: InvertedResidualOptions,
): Value {
  const channels = fixedDim(x, 1);
  const inner = Math.round(channels * o.expansion);
  let h = x;
  if (o.expansion !== 1) {
    h = g.scope("expand", () => convBn(g, h, inner, { kernel: 1, activation: o.activation }));
  }
  h = g.scope("depthwise", () =>
    convBn(g, h, inner, { kernel: o.kernel, stride: o.stride, groups: inner, activation: o.activation }),
  );
  if (o.squeezeExcite) h = squeezeExcite(g, h);
  h = g.scope("project", () => convBn(g, h, out, { kernel: 1 }));
  return o.stride === 1 && channels === out ? g.Add(x, h) : h;
}
