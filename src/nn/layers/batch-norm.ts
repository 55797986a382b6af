import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

export interface BatchNormOptions {
  readonly epsilon?: number;
  /** Share of the old running statistics that a step keeps. Default 0.9. */
  readonly momentum?: number;
  /** Where the scale begins. 0 makes a residual branch begin as nothing (Goyal et al. 2017). Default 1. */
  readonly scale?: number;
}

/** Batch normalisation over all axes but 1 (Ioffe & Szegedy 2015); running statistics are states. */
export function batchNorm(g: NetworkBuilder, x: Value, options: BatchNormOptions = {}): Value {
  const { epsilon = 1e-5, momentum = 0.9 } = options;
  const channels = fixedDim(x, 1);
  const scale = g.param("scale", [channels], { init: init.constant(options.scale ?? 1), decay: false });
  const bias = g.param("shift", [channels], { init: init.zeros, decay: false });
  const mean = g.state("running_mean", [channels], 0);
  const variance = g.state("running_variance", [channels], 1);
  if (!g.training) {
    return g.BatchNormalization(x, scale, bias, mean.value, variance.value, { epsilon, momentum });
  }
  const [y, nextMean, nextVariance] = g.op(
    "BatchNormalization",
    [x, scale, bias, mean.value, variance.value],
    { epsilon, momentum, training_mode: 1 },
    3,
  );
  if (y === undefined || nextMean === undefined || nextVariance === undefined) throw new Error("unreachable");
  g.update(mean, nextMean);
  g.update(variance, nextVariance);
  return y;
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "batchNorm",
    group: "Normalisation",
    doc: "Each channel is normalised over batch and space; running statistics serve the inference form.",
    formula: "y = γ (x − mean) / √(var + ε) + β; running = 0.9 · running + 0.1 · batch",
    source: "Ioffe & Szegedy 2015, arXiv:1502.03167",
    samples: [
      sample({ x: ["N", 3, 3, 2] }, ["N", 3, 3, 2], (g, { x }) => batchNorm(g, x)),
      sample({ x: ["N", 4] }, ["N", 4], (g, { x }) => batchNorm(g, x, { momentum: 0.5, scale: 0 }), {
        batch: 5,
      }),
    ],
  },
];
