import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

export interface PeriodicEmbeddingOptions {
  /** Numbers that a feature becomes. */
  readonly width: number;
  /** Sines, and as many cosines, of a feature. Default 8. */
  readonly frequencies?: number;
  /** Standard deviation of the frequencies at the start, in turns per unit of a standardised feature. Default 0.5. */
  readonly spread?: number;
}

/**
 * Numbers as vectors by sines and cosines of learned frequencies, and for each feature a linear layer and a ReLU
 * (Gorishniy et al. 2022, arXiv:2203.05556, "PLR"): x [N, F] to [N, F, width].
 */
export function periodicEmbedding(g: NetworkBuilder, x: Value, options: PeriodicEmbeddingOptions): Value {
  const { width, frequencies = 8, spread = 0.5 } = options;
  const features = fixedDim(x, 1);
  const turns = g.param("frequency", [features, frequencies], { init: init.normal(spread), decay: false });
  const weight = g.param("weight", [features, 2 * frequencies, width], {
    init: init.uniform(1 / Math.sqrt(2 * frequencies)),
  });
  const bias = g.param("bias", [features, width], { init: init.zeros, decay: false });
  const angle = g.Mul(g.Mul(g.Unsqueeze(x, g.i64([2])), turns), g.scalar(2 * Math.PI));
  const waves = g.Concat([g.Sin(angle), g.Cos(angle)], { axis: 2 });
  const each = g.MatMul(g.Transpose(waves, { perm: [1, 0, 2] }), weight);
  return g.Relu(g.Add(g.Transpose(each, { perm: [1, 0, 2] }), bias));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "periodicEmbedding",
    group: "Embeddings",
    doc: "Numbers as vectors, by waves of learned frequencies and a linear layer for each feature.",
    formula: "y[f] = relu(W[f] (sin 2πcx, cos 2πcx) + b[f])",
    source: "Gorishniy et al. 2022, arXiv:2203.05556",
    samples: [
      sample({ x: ["N", 3] }, ["N", 3, 4], (g, { x }) =>
        periodicEmbedding(g, x, { width: 4, frequencies: 2 }),
      ),
    ],
  },
];
