import type { Value } from "../ir/index.js";
import {
  convBn,
  fixedDim,
  globalAveragePool,
  invertedResidual,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { roundChannels } from "../zoo/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { fitStrides, sideOf } from "./operators.js";

const MBCONV = ["k3_e3", "k3_e6", "k5_e3", "k5_e6", "k7_e3", "k7_e6"] as const;
type Operator = (typeof MBCONV)[number] | "zero";

/** Blocks, channels and stride of the six stages. */
const STAGES = [
  { blocks: 4, channels: 24, stride: 2 },
  { blocks: 4, channels: 40, stride: 2 },
  { blocks: 4, channels: 80, stride: 2 },
  { blocks: 4, channels: 96, stride: 1 },
  { blocks: 4, channels: 192, stride: 2 },
  { blocks: 1, channels: 320, stride: 1 },
] as const;

const first = s.oneOf(MBCONV).describe("kernel and expansion of the block that begins a stage");
const later = s.oneOf([...MBCONV, "zero"]).describe("kernel and expansion, or no block at all");
const stage4 = s.object({ block1: first, block2: later, block3: later, block4: later });
const schema = s.object({
  stage1: stage4,
  stage2: stage4,
  stage3: stage4,
  stage4,
  stage5: stage4,
  stage6: s.object({ block1: first }),
});
export type ProxylessGenotype = Infer<typeof schema>;

export interface ProxylessSettings {
  /** Multiplier of all channels. */
  readonly width: number;
  /** Channels of the six stages before the multiplier. */
  readonly channels: readonly number[];
}

/**
 * ProxylessNAS (Cai et al. 2019, arXiv:1812.00332): 21 blocks, each an inverted residual with a kernel of 3, 5 or 7
 * and an expansion of 3 or 6, or, where shape is kept, nothing but the shortcut: 6⁶ · 7¹⁵ ≈ 2.2e17 networks. Stem,
 * first block (16 channels) and head (1,280) are fixed. On images too small for the published strides the earliest
 * ones are 1.
 */
export function proxylessSpace(settings: Partial<ProxylessSettings> = {}) {
  const { width = 1, channels = STAGES.map((stage) => stage.channels) } = settings;
  const scaled = (it: number) => roundChannels(it * width);
  return defineSpace({
    name: "proxyless",
    version: 1,
    description: "ProxylessNAS: 21 mobile blocks, kernel and expansion of each, or none",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "adamw",
      learningRate: 4e-3,
      weightDecay: 0.02,
      labelSmoothing: 0.05,
      warmupEpochs: 1,
    },
    supernet: MOBILE,
    seeds: { mobile: MOBILE },
    accepts: imagesOnly("proxyless"),
    build(g, features, genotype, outputs) {
      const image = imageOf("proxyless", features);
      const [stem = 1, ...strides] = fitStrides(sideOf(image), [2, ...STAGES.map(({ stride }) => stride)]);
      let h = g.scope("stem", () =>
        convBn(g, image, scaled(32), { kernel: 3, stride: stem, activation: "relu6" }),
      );
      h = g.scope("first", () => block(g, h, scaled(16), 3, 1, 1));
      STAGES.forEach(({ blocks }, i) => {
        const stage: Partial<Record<`block${number}`, Operator>> = genotype[STAGE_KEYS[i] ?? "stage1"];
        for (let b = 0; b < blocks; b++) {
          const stride = b === 0 ? (strides[i] ?? 1) : 1;
          const out = scaled(channels[i] ?? 0);
          h = g.scope(`stage${i + 1}/block${b + 1}`, () => {
            const x = h;
            const y = g.choose(stage, `block${b + 1}`, (operator) => {
              const [, kernel, expansion] = /^k(\d)_e(\d)$/.exec(operator) ?? [];
              if (kernel === undefined) return undefined;
              return branch(g, x, out, Number(kernel), stride, Number(expansion));
            });
            const keeps = stride === 1 && fixedDim(x, 1) === out;
            if (y === undefined) return x;
            return keeps ? g.Add(x, y) : y;
          });
        }
      });
      h = g.scope("head", () => convBn(g, h, scaled(1280), { kernel: 1, activation: "relu6" }));
      return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
    },
  });
}

const STAGE_KEYS = ["stage1", "stage2", "stage3", "stage4", "stage5", "stage6"] as const;

/** The blocks of the network that the authors found for a phone. */
const MOBILE = {
  stage1: { block1: "k5_e3", block2: "k3_e3", block3: "zero", block4: "zero" },
  stage2: { block1: "k7_e3", block2: "k3_e3", block3: "k5_e3", block4: "k5_e3" },
  stage3: { block1: "k7_e6", block2: "k5_e3", block3: "k5_e3", block4: "k5_e3" },
  stage4: { block1: "k5_e6", block2: "k5_e3", block3: "k5_e3", block4: "k5_e3" },
  stage5: { block1: "k7_e6", block2: "k7_e6", block3: "k7_e3", block4: "k7_e3" },
  stage6: { block1: "k7_e6" },
} as const satisfies ProxylessGenotype;

export const proxyless = { ...proxylessSpace(), tiny: proxylessSpace({ width: 0.1 }) };

/** Inverted residual with its shortcut, where shapes allow one. */
function block(g: NetworkBuilder, x: Value, out: number, kernel: number, stride: number, expansion: number) {
  return invertedResidual(g, x, out, {
    kernel,
    stride,
    expansion,
    squeezeExcite: false,
    activation: "relu6",
  });
}

/** The same without its shortcut: that is there whatever the block is. */
function branch(g: NetworkBuilder, x: Value, out: number, kernel: number, stride: number, expansion: number) {
  const inner = fixedDim(x, 1) * expansion;
  let h = g.scope("expand", () => convBn(g, x, inner, { kernel: 1, activation: "relu6" }));
  h = g.scope("depthwise", () => convBn(g, h, inner, { kernel, stride, groups: inner, activation: "relu6" }));
  return g.scope("project", () => convBn(g, h, out, { kernel: 1 }));
}
