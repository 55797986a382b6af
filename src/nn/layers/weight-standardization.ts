import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";

/**
 * Filters w [out, in, kernel...] with mean 0 and variance 1 each (Qiao et al. 2019, arXiv:1903.10520, equation 5);
 * ε is inside the root.
 */
export function standardizeWeights(g: Builder, w: Value, epsilon = 1e-5): Value {
  const axes = g.i64(w.shape.map((_, i) => i).slice(1));
  const centred = g.Sub(w, g.ReduceMean(w, axes, { keepdims: 1 }));
  const variance = g.ReduceMean(g.Mul(centred, centred), axes, { keepdims: 1 });
  // A filter of one weight has no variance: it would always be 0.
  if (dim.size(w.shape.slice(1)) === 1) return w;
  return g.Div(centred, g.Sqrt(g.Add(variance, g.scalar(epsilon))));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "standardizeWeights",
    group: "Normalisation",
    doc: "Filters of mean 0 and variance 1, in place of statistics of activations; an option of the convolutions.",
    formula: "ŵ[o] = (w[o] − mean w[o]) / √(var w[o] + ε)",
    source: "Qiao et al. 2019, arXiv:1903.10520",
    samples: [
      sample({ w: [4, 2, 3, 3] }, [4, 2, 3, 3], (g, { w }) => standardizeWeights(g, w)),
      sample({ w: [4, 1] }, [4, 1], (g, { w }) => standardizeWeights(g, w)),
    ],
  },
];
