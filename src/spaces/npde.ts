import type { Value } from "../ir/index.js";
import { adaptiveAveragePool2d, fixedDim, linear, type NetworkBuilder } from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import type { Features } from "../train/index.js";
import { defineSpace } from "./define.js";
import { diffract, drivenField, evolve } from "./npde-networks.js";
import { seriesOf, seriesOnly } from "./series.js";

const order = s
  .oneOf(["first", "second"], { weights: [2, 1] })
  .describe("in time: u_t, a residual step; u_tt + γ u_t, which has momentum");
const by = s.oneOf(["flow", "explicit"]).describe("solved exactly after each step, or a term of it");
const reaction = s
  .oneOf(
    { none: s.object({}), threshold: s.object({}), logistic: s.object({ by }), bistable: s.object({ by }) },
    { weights: { none: 1, threshold: 3, logistic: 1, bistable: 2 } },
  )
  .describe("R(u): none, u ≥ 0 (ReLU), r u (1 − u) (sigmoid), r (1 − u²) (tanh)");
const boundary = s.oneOf(["zero", "periodic"]);

const field = s.object({
  order,
  space: s
    .oneOf({
      diffusion: s.object({ advection: s.boolean().describe("with a drift c·grad u"), boundary }),
      stencil: s.object({ kernel: s.oneOf([3, 5]).describe("side of the trained stencil"), boundary }),
      integral: s.object({}),
    })
    .describe("spatial operator: D ∇²u, a trained stencil (convolution), a trained integral kernel (matrix)"),
  potential: s
    .oneOf(["none", "coupling", "place"])
    .describe("V u: none, a matrix between components, a number for each component and place"),
  reaction,
  source: s.boolean().describe("the input is a source at every step"),
  components: s.oneOf([8, 16, 32, 64]),
  grid: s.oneOf([8, 12, 16]).describe("places along an axis"),
});
const driven = s.object({
  order,
  reaction,
  units: s.oneOf([16, 32, 64, 128]).describe("places of the hidden field"),
});
const waves = s.object({
  kind: s
    .oneOf(["paraxial", "schroedinger"])
    .describe("phase masks between free paths, or a potential split in halves around them"),
  distance: s.oneOf([0.5, 1, 2, 4]).describe("z/k of a free path, in places squared"),
  modes: s.oneOf([1, 2, 4]).describe("waves side by side"),
  grid: s.oneOf([8, 12, 16]).describe("places along an axis"),
});
const schema = s.object({
  equation: s.oneOf({ field, driven, waves }, { weights: { field: 4, driven: 1, waves: 1 } }),
  steps: s
    .int({ min: 1, max: 12 })
    .describe("layers: steps in time, or planes; a driven field takes those of the series"),
  tau: s.oneOf([0.1, 0.25, 0.5, 1]).describe("step in time"),
  autonomous: s.boolean().describe("coefficients do not change from step to step: shared weights"),
  readout: s.oneOf(["mean", "regions"]).describe("over the whole field, or over four by four regions"),
});
export type NpdeGenotype = Infer<typeof schema>;
const REGIONS = 4;

/**
 * Networks that are discretised evolution equations, a₂ u_tt + a₁ u_t = div(D grad u) + c·grad u + V u + R(u) + f (Guo,
 * Huang & Xu 2021, arXiv:2103.08313): layers are steps in time, spatial operators are stencils or matrices, reactions
 * are activations. `field` holds residual convolutions and multi-layer perceptrons, `driven` recurrent networks
 * (f is the input of the moment), `waves` diffractive networks (Schrödinger and paraxial equations).
 *
 * The paper is a sketch without experiments; which choices there are is ours. So are these: the grid's step is 1; D is kept
 * where explicit steps are stable (τD ≤ 1/2 over the number of axes); reactions see u cut to where they are bounded
 * (logistic flow 0..1, bistable −1..1; explicit terms −1..2). Free paths are exact (split step), so no wave grows.
 */
export const npde = defineSpace({
  name: "npde",
  version: 1,
  description: "Evolution equations made into networks: diffusion, stencils, reactions, waves",
  schema,
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 4e-3,
    weightDecay: 1e-4,
    labelSmoothing: 0,
    warmupEpochs: 0.5,
  },
  seeds: {
    /** A residual network: Euler steps of a trained stencil, ReLU. */
    residual: {
      equation: {
        op: "field",
        order: "first",
        space: { op: "stencil", kernel: 3, boundary: "zero" },
        potential: "none",
        reaction: { op: "threshold" },
        source: false,
        components: 32,
        grid: 16,
      },
      steps: 4,
      tau: 1,
      autonomous: false,
      readout: "regions",
    },
    diffractive: {
      equation: { op: "waves", kind: "paraxial", distance: 1, modes: 2, grid: 16 },
      steps: 5,
      tau: 1,
      autonomous: false,
      readout: "regions",
    },
  },
  accepts: seriesOnly("npde"),
  build(g, features, genotype, outputs) {
    const { equation, readout } = genotype;
    let u: Value;
    if (equation.op === "driven") {
      u = g.scope("driven", () => drivenField(g, seriesOf(g, features), equation, genotype));
    } else {
      const x = onGrid(g, fieldOf(g, features), equation.grid);
      u =
        equation.op === "field"
          ? g.scope("field", () => evolve(g, x, equation, genotype))
          : g.scope("waves", () => diffract(g, x, equation, genotype));
    }
    return g.scope("readout", () => linear(g, read(g, u, readout), outputs));
  },
});

/** [N, C, H, W] of any input; series and vectors are fields over a line. */
function fieldOf(g: NetworkBuilder, features: Features): Value {
  if (features.kind === "image") return features.image;
  const series = seriesOf(g, features);
  return g.Unsqueeze(g.Transpose(series, { perm: [0, 2, 1] }), g.i64([2]));
}

/** The field on a grid of `places` along each of its axes, by averages. */
function onGrid(g: NetworkBuilder, x: Value, places: number): Value {
  const sizes = [2, 3].map((axis) => (fixedDim(x, axis) > 1 ? places : 1));
  return fixedDim(x, 2) === sizes[0] && fixedDim(x, 3) === sizes[1] ? x : adaptiveAveragePool2d(g, x, sizes);
}

function read(g: NetworkBuilder, u: Value, readout: NpdeGenotype["readout"]): Value {
  const sizes = [2, 3].map((axis) => Math.min(readout === "mean" ? 1 : REGIONS, fixedDim(u, axis)));
  return g.Flatten(adaptiveAveragePool2d(g, u, sizes), { axis: 1 });
}
