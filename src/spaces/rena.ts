import { type Issue, isIssue, issue, type Rng } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { convBn, fixedDim, globalAveragePool, linear, type NetworkBuilder } from "../nn/index.js";
import { type Infer, s, sample, validate } from "../schema/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { averagePool, maxPool } from "./operators.js";

const channels = s.int({ min: 4, max: 256, step: 4, log: true }).describe("output channels");
const kernel = s.oneOf([1, 3, 5, 7], { weights: [1, 3, 2, 1] }).describe("side of the kernel");
const stride = s.oneOf([1, 2], { weights: [3, 1] }).describe("2 halves the plane");
const skip = s
  .oneOf([0, 1, 2, 3], { weights: [3, 1, 1, 1] })
  .describe("a shortcut is added from the input of the layer so many places back (1: its own); 0 for none");

const layer = s.oneOf(
  {
    conv: s.object({ kernel, channels, stride, skip }),
    separable: s.object({ kernel, channels, stride, skip }),
    pool: s.object({ window: s.oneOf([2, 3]).describe("side of the window"), mean: s.boolean() }),
  },
  { weights: { conv: 2, separable: 2, pool: 1 } },
);
/** Planes may be halved so often: 8 by 8 pixels become one. */
const MAX_HALVINGS = 3;
const MAX_LAYERS = 12;
const halves = (it: Infer<typeof layer>) => it.op === "pool" || it.stride === 2;
const schema = s.object({
  layers: s
    .repeat(layer, { min: 1, max: MAX_LAYERS })
    .refine(
      (all) => all.filter(halves).length <= MAX_HALVINGS,
      `at most ${MAX_HALVINGS} layers that halve the plane`,
    )
    .describe("from the image to the classifier"),
});
export type RenaGenotype = Infer<typeof schema>;
export type RenaLayer = Infer<typeof layer>;

/** An edit of a network: the actions of the policy. */
export type RenaMove =
  | { readonly kind: "insert"; readonly at: number; readonly layer: RenaLayer }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "scale"; readonly at: number; readonly factor: number };

/** Factors by which a layer's channels are scaled; results are rounded to multiples of 4. */
export const RENA_FACTORS = [0.25, 0.5, 2, 4] as const;

/** The network after an edit, or why the edit is not allowed: such actions are masked, not punished. */
export function applyRena(genotype: RenaGenotype, move: RenaMove): RenaGenotype | Issue {
  const { layers } = genotype;
  const last = move.kind === "insert" ? layers.length : layers.length - 1;
  if (!Number.isInteger(move.at) || move.at < 0 || move.at > last) {
    return issue("rena_move", { path: "at", expected: `a place in 0..${last}`, received: `${move.at}` });
  }
  const at = layers[move.at];
  let next: RenaLayer[];
  if (move.kind === "insert") next = layers.toSpliced(move.at, 0, move.layer);
  else if (move.kind === "remove") next = layers.toSpliced(move.at, 1);
  else if (at === undefined || at.op === "pool") {
    return issue("rena_move", { path: "at", expected: "a layer with channels", received: "pool" });
  } else {
    const scaled = Math.min(256, Math.max(4, 4 * Math.round((at.channels * move.factor) / 4)));
    if (scaled === at.channels) {
      return issue("rena_move", {
        path: "factor",
        expected: "a factor that changes the channels",
        received: `${move.factor}`,
      });
    }
    next = layers.with(move.at, { ...at, channels: scaled });
  }
  return validate(schema, { layers: next });
}

/** All allowed removals and scalings, and for every place one insertion with a drawn layer where one is allowed. */
export function renaMoves(genotype: RenaGenotype, rng: Rng): RenaMove[] {
  const places = [...genotype.layers.keys()];
  const moves: RenaMove[] = [
    ...[...places, places.length].map((at) => ({ kind: "insert", at, layer: sample(layer, rng) }) as const),
    ...places.map((at) => ({ kind: "remove", at }) as const),
    ...places.flatMap((at) => RENA_FACTORS.map((factor) => ({ kind: "scale", at, factor }) as const)),
  ];
  return moves.filter((move) => !isIssue(applyRena(genotype, move)));
}

/**
 * The space of RENA (Zhou et al. 2018, arXiv:1806.07912): lists of one to twelve layers that are edited by inserting,
 * removing and scaling ({@link renaMoves}, {@link applyRena}). A layer is a convolution, a separable one or a pool, with
 * kernel, channels, stride and a shortcut from an earlier place; shortcuts of another shape are averaged and projected.
 * Sizes of the paper's attributes are not published; the ranges here are ours.
 */
export const rena = defineSpace({
  name: "rena",
  version: 1,
  description: "Lists of layers to be edited: insert, remove, scale",
  schema,
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 4e-3,
    weightDecay: 0.01,
    labelSmoothing: 0.05,
    warmupEpochs: 0.5,
  },
  seeds: {
    small: {
      layers: [
        { op: "conv", kernel: 3, channels: 16, stride: 2, skip: 0 },
        { op: "conv", kernel: 3, channels: 32, stride: 2, skip: 0 },
      ],
    },
  },
  accepts: imagesOnly("rena"),
  build(g, features, genotype, outputs) {
    const inputs = [imageOf("rena", features)];
    genotype.layers.forEach((it, i) => {
      const x = inputs[i];
      if (x === undefined) return;
      inputs.push(
        g.scope(`layer${i + 1}`, () => {
          if (it.op === "pool") return pooled(g, x, it);
          const y = it.op === "conv" ? convolved(g, x, it) : separated(g, x, it);
          // Further back than the first layer is the image itself.
          const from = it.skip === 0 ? undefined : inputs[Math.max(0, i + 1 - it.skip)];
          return g.Relu(
            from === undefined
              ? y
              : g.Add(
                  y,
                  g.scope("shortcut", () => shortcut(g, from, y)),
                ),
          );
        }),
      );
    });
    return g.scope("classifier", () =>
      linear(g, globalAveragePool(g, inputs.at(-1) ?? imageOf("rena", features)), outputs),
    );
  },
});

type Weighted = Extract<RenaLayer, { channels: number }>;

function pooled(g: NetworkBuilder, x: Value, it: Extract<RenaLayer, { op: "pool" }>): Value {
  const options = { kernel: it.window, stride: 2, padding: it.window === 2 ? "cover" : 1 } as const;
  return it.mean ? averagePool(g, x, options) : maxPool(g, x, options);
}

function convolved(g: NetworkBuilder, x: Value, it: Weighted): Value {
  return convBn(g, x, it.channels, { kernel: it.kernel, stride: it.stride });
}

function separated(g: NetworkBuilder, x: Value, it: Weighted): Value {
  const inputs = fixedDim(x, 1);
  const spread = g.scope("depthwise", () =>
    convBn(g, x, inputs, { kernel: it.kernel, stride: it.stride, groups: inputs, activation: "relu" }),
  );
  return g.scope("pointwise", () => convBn(g, spread, it.channels, { kernel: 1 }));
}

/** A value in the shape of another: averaged over blocks where the plane is smaller, projected where channels differ. */
function shortcut(g: NetworkBuilder, from: Value, like: Value): Value {
  let h = from;
  while (fixedDim(h, 2) > fixedDim(like, 2))
    h = averagePool(g, h, { kernel: 2, stride: 2, padding: "cover" });
  return fixedDim(h, 1) === fixedDim(like, 1) ? h : convBn(g, h, fixedDim(like, 1), { kernel: 1 });
}
