import { fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

export interface NormOptions {
  readonly epsilon?: number;
}

function scaleAndShift(g: NetworkBuilder, size: number): [scale: Value, shift: Value] {
  return [
    g.param("scale", [size], { init: init.ones, decay: false }),
    g.param("shift", [size], { init: init.zeros, decay: false }),
  ];
}

/** Layer normalisation over the last axis (Ba et al. 2016). */
export function layerNorm(g: NetworkBuilder, x: Value, options: NormOptions = {}): Value {
  const [scale, shift] = scaleAndShift(g, fixedDim(x, -1));
  return g.LayerNormalization(x, scale, shift, { axis: -1, epsilon: options.epsilon ?? 1e-5 });
}

/** Division by the root of the mean square over the last axis, without a shift (Zhang & Sennrich 2019). */
export function rmsNorm(g: NetworkBuilder, x: Value, options: NormOptions = {}): Value {
  const scale = g.param("scale", [fixedDim(x, -1)], { init: init.ones, decay: false });
  const square = g.ReduceMean(g.Mul(x, x), g.i64([-1]), { keepdims: 1 });
  return g.Mul(g.Div(x, g.Sqrt(g.Add(square, g.scalar(options.epsilon ?? 1e-6)))), scale);
}

/** Normalisation of x [N, C, spatial...] over groups of channels and space, an example at a time (Wu & He 2018). */
export function groupNorm(
  g: NetworkBuilder,
  x: Value,
  options: NormOptions & { readonly groups: number },
): Value {
  const channels = fixedDim(x, 1);
  const { groups, epsilon = 1e-5 } = options;
  if (channels % groups !== 0) {
    fail("layer_groups", {
      path: x.name,
      expected: `channels that ${groups} groups divide`,
      received: `${channels}`,
    });
  }
  const [scale, shift] = scaleAndShift(g, channels);
  return g.GroupNormalization(x, scale, shift, { num_groups: groups, epsilon });
}

/** Normalisation of each channel of each example over space (Ulyanov et al. 2016). */
export function instanceNorm(g: NetworkBuilder, x: Value, options: NormOptions = {}): Value {
  const [scale, shift] = scaleAndShift(g, fixedDim(x, 1));
  return g.InstanceNormalization(x, scale, shift, { epsilon: options.epsilon ?? 1e-5 });
}

/** Channels of x [N, C, H, W] scaled by a learned number each; begins small in deep transformers. */
export function layerScale(g: NetworkBuilder, x: Value, initial: number, axis = -1): Value {
  const size = fixedDim(x, axis);
  const gamma = g.param("scale", [size], { init: init.constant(initial), decay: false });
  const behind = axis < 0 ? -axis - 1 : x.rank - axis - 1;
  return g.Mul(
    x,
    behind === 0 ? gamma : g.Reshape(gamma, g.i64([size, ...new Array<number>(behind).fill(1)])),
  );
}

const group = "Normalisation";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "layerNorm",
    group,
    doc: "Normalisation over the last axis.",
    formula: "y = γ (x − mean) / √(var + ε) + β",
    source: "Ba et al. 2016, arXiv:1607.06450",
    samples: [sample({ x: ["N", 3, 5] }, ["N", 3, 5], (g, { x }) => layerNorm(g, x))],
  },
  {
    kind: "layer",
    name: "rmsNorm",
    group,
    doc: "Division by the root of the mean square over the last axis; nothing is subtracted or added.",
    formula: "y = γ x / √(mean x² + ε)",
    source: "Zhang & Sennrich 2019, arXiv:1910.07467",
    samples: [sample({ x: ["N", 3, 5] }, ["N", 3, 5], (g, { x }) => rmsNorm(g, x))],
  },
  {
    kind: "layer",
    name: "groupNorm",
    group,
    doc: "Normalisation over groups of channels and space, an example at a time.",
    formula: "y = γ (x − mean_group) / √(var_group + ε) + β",
    source: "Wu & He 2018, arXiv:1803.08494",
    samples: [sample({ x: ["N", 4, 3, 2] }, ["N", 4, 3, 2], (g, { x }) => groupNorm(g, x, { groups: 2 }))],
  },
  {
    kind: "layer",
    name: "instanceNorm",
    group,
    doc: "Normalisation of each channel of each example over space.",
    source: "Ulyanov et al. 2016, arXiv:1607.08022",
    samples: [sample({ x: ["N", 3, 3, 2] }, ["N", 3, 3, 2], (g, { x }) => instanceNorm(g, x))],
  },
  {
    kind: "layer",
    name: "layerScale",
    group,
    doc: "A learned factor a channel, which lets deep residual networks begin near the identity.",
    formula: "y = γ x",
    source: "Touvron et al. 2021, arXiv:2103.17239",
    samples: [
      sample({ x: ["N", 3, 4] }, ["N", 3, 4], (g, { x }) => layerScale(g, x, 0.1)),
      sample({ x: ["N", 3, 2, 2] }, ["N", 3, 2, 2], (g, { x }) => layerScale(g, x, 0.1, 1)),
    ],
  },
];
