import type { Value } from "../../ir/index.js";
import { type ActivationName, activation } from "../activations.js";
import { type Definition, sample } from "../define.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { conv1d, conv2d } from "./conv.js";

export interface SqueezeExciteOptions {
  /** Channels of the inner layer. Default: a quarter, at least 4. */
  readonly hidden?: number;
  /** Of the inner layer. Default "relu". */
  readonly activation?: ActivationName;
  /** What makes the gate. Default "hard-sigmoid". */
  readonly gate?: "sigmoid" | "hard-sigmoid";
}

/**
 * Squeeze-and-excitation (Hu et al. 2018): channels scaled by a gate computed from their means.
 * @param options or, as a number, what the channels are divided by for the inner layer
 */
export function squeezeExcite(
  g: NetworkBuilder,
  x: Value,
  options: number | SqueezeExciteOptions = 4,
): Value {
  const channels = fixedDim(x, 1);
  const byRatio = (ratio: number) => Math.max(4, Math.round(channels / ratio));
  const {
    hidden = byRatio(4),
    activation: inner = "relu",
    gate = "hard-sigmoid",
  } = typeof options === "number" ? { hidden: byRatio(options) } : options;
  return g.scope("se", () => {
    const mean = g.ReduceMean(x, g.i64([2, 3]), { keepdims: 1 });
    const squeezed = activation(
      g,
      g.scope("reduce", () => conv2d(g, mean, hidden, { kernel: 1, bias: true })),
      inner,
    );
    const scores = g.scope("expand", () => conv2d(g, squeezed, channels, { kernel: 1, bias: true }));
    return g.Mul(x, activation(g, scores, gate));
  });
}

/**
 * Efficient channel attention (Wang et al. 2020): the gate of a channel is computed from the means of its
 * neighbours by one short convolution along the channels.
 */
export function efficientChannelAttention(g: NetworkBuilder, x: Value, kernel = 3): Value {
  const channels = fixedDim(x, 1);
  return g.scope("eca", () => {
    const mean = g.ReduceMean(x, g.i64([2, 3]), { keepdims: 0 });
    const scores = conv1d(g, g.Unsqueeze(mean, g.i64([1])), 1, { kernel });
    return g.Mul(x, g.Sigmoid(g.Reshape(scores, g.i64([-1, channels, 1, 1]))));
  });
}

/**
 * Convolutional block attention (Woo et al. 2018): a gate a channel, from means and maxima by a shared small network,
 * and then a gate a place, from mean and maximum over channels by a 7×7 convolution.
 */
export function blockAttention(
  g: NetworkBuilder,
  x: Value,
  options: { readonly hidden?: number; readonly kernel?: number } = {},
): Value {
  const channels = fixedDim(x, 1);
  const { hidden = Math.max(4, channels >> 4), kernel = 7 } = options;
  return g.scope("cbam", () => {
    const plane = g.i64([2, 3]);
    // One batch of both, so that the network's weights are used, and declared, once.
    const both = g.Concat([g.ReduceMean(x, plane, { keepdims: 1 }), g.ReduceMax(x, plane, { keepdims: 1 })], {
      axis: 3,
    });
    const inner = g.Relu(g.scope("reduce", () => conv2d(g, both, hidden, { kernel: 1 })));
    const scores = g.scope("expand", () => conv2d(g, inner, channels, { kernel: 1 }));
    const byChannel = g.Mul(x, g.Sigmoid(g.ReduceSum(scores, g.i64([3]), { keepdims: 1 })));
    const axis = g.i64([1]);
    const maps = g.Concat(
      [g.ReduceMean(byChannel, axis, { keepdims: 1 }), g.ReduceMax(byChannel, axis, { keepdims: 1 })],
      { axis: 1 },
    );
    return g.Mul(byChannel, g.Sigmoid(g.scope("spatial", () => conv2d(g, maps, 1, { kernel }))));
  });
}

const group = "Gates over channels and space";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "squeezeExcite",
    group,
    doc: "Squeeze-and-excitation: channels are scaled by a gate computed from their means.",
    formula: "y = x · gate(W₂ act(W₁ mean x + b₁) + b₂)",
    source: "Hu et al. 2018, arXiv:1709.01507",
    samples: [
      sample({ x: ["N", 8, 3, 3] }, ["N", 8, 3, 3], (g, { x }) => squeezeExcite(g, x, 2)),
      sample({ x: ["N", 4, 2, 2] }, ["N", 4, 2, 2], (g, { x }) =>
        squeezeExcite(g, x, { hidden: 2, activation: "silu", gate: "sigmoid" }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "efficientChannelAttention",
    group,
    doc: "ECA: the gate of a channel comes from the means of neighbouring channels, by one short convolution.",
    formula: "y = x · σ(conv1d(mean x))",
    source: "Wang et al. 2020, arXiv:1910.03151",
    samples: [sample({ x: ["N", 6, 2, 3] }, ["N", 6, 2, 3], (g, { x }) => efficientChannelAttention(g, x))],
  },
  {
    kind: "layer",
    name: "blockAttention",
    group,
    doc: "CBAM: a gate a channel and then a gate a place, each from means and maxima.",
    source: "Woo et al. 2018, arXiv:1807.06521",
    samples: [
      sample({ x: ["N", 4, 3, 3] }, ["N", 4, 3, 3], (g, { x }) =>
        blockAttention(g, x, { hidden: 3, kernel: 3 }),
      ),
    ],
  },
];
