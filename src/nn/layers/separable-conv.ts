import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import type { NetworkBuilder } from "../network.js";
import { type ConvOptions, channelsOf, conv2d } from "./conv.js";

/** Convolution of each channel by filters of its own: `conv2d` with as many groups as channels. */
export function depthwiseConv2d(
  g: NetworkBuilder,
  x: Value,
  options: Omit<ConvOptions, "groups"> & { /** Filters a channel. */ readonly multiplier?: number },
): Value {
  const channels = channelsOf(x, 2);
  const { multiplier = 1, ...rest } = options;
  return conv2d(g, x, channels * multiplier, { ...rest, groups: channels });
}

/** Depthwise and then 1×1 convolution (Sifre 2014; Chollet 2017, arXiv:1610.02357). */
export function separableConv2d(
  g: NetworkBuilder,
  x: Value,
  out: number,
  options: Omit<ConvOptions, "groups">,
): Value {
  const { bias, ...spatial } = options;
  const h = g.scope("depthwise", () => depthwiseConv2d(g, x, spatial));
  return g.scope("pointwise", () => conv2d(g, h, out, { kernel: 1, bias }));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "depthwiseConv2d",
    group: "Convolution",
    doc: "Each channel is convolved by filters of its own.",
    samples: [
      sample({ x: ["N", 3, 4, 5] }, ["N", 6, 2, 3], (g, { x }) =>
        depthwiseConv2d(g, x, { kernel: 3, stride: 2, multiplier: 2 }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "separableConv2d",
    group: "Convolution",
    doc: "Depthwise convolution in space, then a 1×1 convolution over channels.",
    formula: "k²·C + C·out weights in place of k²·C·out",
    source: "Chollet 2017, arXiv:1610.02357",
    samples: [
      sample({ x: ["N", 3, 5, 5] }, ["N", 4, 5, 5], (g, { x }) =>
        separableConv2d(g, x, 4, { kernel: 3, bias: true }),
      ),
    ],
  },
];
