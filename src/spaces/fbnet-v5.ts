import type { Value } from "../ir/index.js";
import {
  convBn,
  dropout,
  fixedDim,
  globalAveragePool,
  invertedResidual,
  linear,
  type NetworkBuilder,
  squeezeExcite,
} from "../nn/index.js";
import { type Infer, openChoice, s } from "../schema/index.js";
import { roundChannels } from "../zoo/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { fitStrides, sideOf } from "./operators.js";

/** The paths: their plane is the image's side divided by `scale`. Channels, kernels and expansions are FBNetV3-A's. */
export const FBNET_V5_PATHS = [
  { scale: 4, channels: 24, kernel: 5, expansion: 2, squeezeExcite: false },
  { scale: 8, channels: 40, kernel: 5, expansion: 3, squeezeExcite: true },
  { scale: 16, channels: 120, kernel: 5, expansion: 3, squeezeExcite: true },
  { scale: 32, channels: 184, kernel: 5, expansion: 4, squeezeExcite: true },
] as const;
type Scale = (typeof FBNET_V5_PATHS)[number]["scale"];

const kept = s.boolean();
const block = kept.describe("keep the block; otherwise it is the identity");
const edge = kept.describe("add what comes from this path in the stage before");

/** Blocks of a path in a stage, and from which other paths it receives. */
const blocks = { block1: block, block2: block };
const two = {
  path4: s.object({ ...blocks, from8: edge }),
  path8: s.object({ ...blocks, from4: edge }),
};
const three = {
  path4: s.object({ ...blocks, from8: edge, from16: edge }),
  path8: s.object({ ...blocks, from4: edge, from16: edge }),
  path16: s.object({ ...blocks, from4: edge, from8: edge }),
};
const four = {
  path4: s.object({ ...blocks, from8: edge, from16: edge, from32: edge }),
  path8: s.object({ ...blocks, from4: edge, from16: edge, from32: edge }),
  path16: s.object({ ...blocks, from4: edge, from8: edge, from32: edge }),
  path32: s.object({ ...blocks, from4: edge, from8: edge, from16: edge }),
};
const fresh = s.object(blocks);
const schema = s.object({
  stage1: s.object({ path4: fresh }),
  stage2: s.object({ path4: fresh, path8: fresh }),
  stage3: s.object({ ...two, path16: fresh }),
  stage4: s.object({ ...three, path32: fresh }),
  stage5: s.object(four),
  stage6: s.object(four),
});
export type FbnetV5Genotype = Infer<typeof schema>;
const STAGES = ["stage1", "stage2", "stage3", "stage4", "stage5", "stage6"] as const;

/** The part of a genotype that one path has in one stage: all edges, whether they exist there or not. */
type Part = {
  readonly [K in "block1" | "block2" | `from${Scale}`]?: boolean;
};

export interface FbnetV5Settings {
  /** Multiplier of all channels. */
  readonly width: number;
}

/**
 * The supernet of FBNetV5 (Wu et al. 2021, arXiv:2111.10007): FBNetV3's blocks along four paths of different resolution,
 * each from its own depth to the end. Between stages every path may receive from every other one: a 1×1 convolution
 * to its channels, then nearest upsampling or strided depthwise convolutions, then addition. A network is a mask: a block
 * is kept or is the identity, an edge is kept or is nothing: 2⁶⁸. What no output depends on is not built, nor
 * part of a genotype's identity. Classification pools the coarsest path; {@link fbnetV5Paths} gives all of them, for dense
 * tasks. Our readings: six stages, two blocks a path and stage; channels, kernels and expansions are those of FBNetV3-A.
 * On images too small for the published strides the earliest ones are 1.
 */
export function fbnetV5Space(settings: Partial<FbnetV5Settings> = {}) {
  return defineSpace({
    name: "fbnetv5",
    version: 1,
    description: "FBNetV5: blocks along four resolutions and the edges between them, each kept or not",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "adamw",
      learningRate: 4e-3,
      weightDecay: 0.02,
      labelSmoothing: 0.1,
      warmupEpochs: 1,
    },
    supernet: everything(true),
    seeds: { supernet: everything(true), single: everything(false) },
    accepts: imagesOnly("fbnetv5", 16),
    build(g, features, genotype, outputs) {
      const paths = fbnetV5Paths(g, imageOf("fbnetv5", features), genotype, settings);
      const last = paths(3);
      // A supernet holds every path: other tasks read the finer ones.
      if (openChoice(genotype.stage6.path4, "block1") !== undefined)
        for (const path of [0, 1, 2]) paths(path);
      const { width = 1 } = settings;
      const wide = g.scope("head", () =>
        convBn(g, last, roundChannels(960 * width), { kernel: 1, activation: "hard-swish" }),
      );
      return g.scope("classifier", () => linear(g, dropout(g, globalAveragePool(g, wide), 0.1), outputs));
    },
  });
}

/**
 * The paths of a genotype's backbone at its end, 0 (finest) to 3. A path is built when it is first asked for, with what
 * it depends on.
 */
export function fbnetV5Paths(
  g: NetworkBuilder,
  image: Value,
  genotype: FbnetV5Genotype,
  settings: Partial<FbnetV5Settings> = {},
): (path: number) => Value {
  const { width = 1 } = settings;
  const scaled = (channels: number) => roundChannels(channels * width);
  const [first = 1, ...strides] = fitStrides(sideOf(image), [2, 2, 2, 2, 2]);
  const stem = g.scope("stem", () =>
    convBn(g, image, scaled(16), { kernel: 3, stride: first, activation: "hard-swish" }),
  );
  const known = new Map<string, Value>();
  const at = (stage: number, path: number): Value => {
    const key = `${stage}/${path}`;
    const value = known.get(key) ?? made(stage, path);
    known.set(key, value);
    return value;
  };
  const made = (stage: number, path: number): Value => {
    const form = FBNET_V5_PATHS[path] ?? FBNET_V5_PATHS[0];
    const parts: Readonly<Record<string, Part>> = genotype[STAGES[stage] ?? "stage1"];
    const part = parts[`path${form.scale}`] ?? {};
    const names = { stage: `stage${stage + 1}`, path: `path${form.scale}` };
    const residual = (x: Value, stride: number) =>
      invertedResidual(g, x, scaled(form.channels), {
        ...form,
        stride,
        activation: "hard-swish",
        squeezeExcite: form.squeezeExcite,
      });
    let h: Value;
    if (stage === path) {
      const before = stage === 0 ? stem : at(stage - 1, path - 1);
      h = g.scope(`${names.stage}/${names.path}/start`, () => residual(before, strides[path] ?? 1));
    } else {
      h = at(stage - 1, path);
      // What edges bring is built before them: the names of its parts must not depend on who asks first.
      const wanted = FBNET_V5_PATHS.flatMap(({ scale }, from) => {
        const edge = `from${scale}` as const;
        return isOpenOrKept(part, edge) ? [{ edge, from, value: at(stage - 1, from) }] : [];
      });
      for (const { edge, from, value } of wanted) {
        const x: Value = h;
        h = g.scope(`${names.stage}/${names.path}`, () => {
          const brought = g.choose(part, edge, (yes) => (yes ? fused(g, value, x, from > path) : undefined));
          return brought === undefined ? x : g.Add(x, brought);
        });
      }
    }
    for (const name of ["block1", "block2"] as const) {
      const x: Value = h;
      h = g.scope(`${names.stage}/${names.path}`, () => {
        const branch = g.choose(part, name, (yes) => (yes ? branchOf(g, x, form) : undefined));
        return branch === undefined ? x : g.Add(x, branch);
      });
    }
    return h;
  };
  return (path) => at(STAGES.length - 1, path);
}

function isOpenOrKept(part: Part, key: keyof Part): boolean {
  return openChoice(part, key) !== undefined || part[key] === true;
}

/** An inverted residual without its shortcut, which is there whether the block is kept or not. */
function branchOf(g: NetworkBuilder, x: Value, form: (typeof FBNET_V5_PATHS)[number]): Value {
  const channels = fixedDim(x, 1);
  const options = { activation: "hard-swish", norm: {} } as const;
  const inner = roundChannels(channels * form.expansion);
  let h = g.scope("expand", () => convBn(g, x, inner, { kernel: 1, ...options }));
  h = g.scope("depthwise", () => convBn(g, h, inner, { kernel: form.kernel, groups: inner, ...options }));
  if (form.squeezeExcite) h = squeezeExcite(g, h, { hidden: roundChannels(channels / 4) });
  return g.scope("project", () => convBn(g, h, channels, { kernel: 1 }));
}

/** A path's values with the channels and the plane of another: finer ones are halved, coarser ones repeated. */
function fused(g: NetworkBuilder, value: Value, like: Value, up: boolean): Value {
  let h = g.scope("match", () => convBn(g, value, fixedDim(like, 1), { kernel: 1 }));
  const [height, width] = [fixedDim(like, 2), fixedDim(like, 3)];
  if (up) {
    if (fixedDim(h, 2) === height && fixedDim(h, 3) === width) return h;
    return g.Resize(h, undefined, undefined, g.i64([height, width]), {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
      axes: [2, 3],
    });
  }
  for (let i = 1; fixedDim(h, 2) > height || fixedDim(h, 3) > width; i++) {
    const x: Value = h;
    const channels = fixedDim(x, 1);
    h = g.scope(`half${i}`, () => convBn(g, x, channels, { kernel: 3, stride: 2, groups: channels }));
  }
  return h;
}

function everything(value: boolean): FbnetV5Genotype {
  const own = { block1: true, block2: true };
  const [from4, from8, from16, from32] = [value, value, value, value];
  const all = {
    path4: { ...own, from8, from16, from32 },
    path8: { ...own, from4, from16, from32 },
    path16: { ...own, from4, from8, from32 },
    path32: { ...own, from4, from8, from16 },
  };
  return {
    stage1: { path4: own },
    stage2: { path4: own, path8: own },
    stage3: { path4: { ...own, from8 }, path8: { ...own, from4 }, path16: own },
    stage4: {
      path4: { ...own, from8, from16 },
      path8: { ...own, from4, from16 },
      path16: { ...own, from4, from8 },
      path32: own,
    },
    stage5: all,
    stage6: all,
  };
}

export const fbnetV5 = { ...fbnetV5Space(), tiny: fbnetV5Space({ width: 0.1 }) };
