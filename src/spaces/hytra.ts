import { ExitCode, fail } from "../base/index.js";
import type { Value } from "../ir/index.js";
import {
  attention,
  batchNorm,
  conv2d,
  convBn,
  fixedDim,
  globalAveragePool,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { averagePool, fitStrides, maxPool, sideOf } from "./operators.js";

/** In the order of the published indices 0 to 5: operator and side of the plane, for images of 224 pixels. */
export const HYTRA_LAYERS = ["att7", "conv7", "att14", "conv14", "conv28", "conv56"] as const;
export type HytraLayer = (typeof HYTRA_LAYERS)[number];
const SIDES = [56, 28, 14, 7] as const;
const CHANNELS = [256, 512, 1024, 2048] as const;
const LAYERS = 16;

/** Position among the four scales, from fine to coarse. */
function scaleOf(layer: HytraLayer): number {
  return SIDES.findIndex((side) => layer.replace(/\D/g, "") === `${side}`);
}

/** The plane may be halved once a layer, and never grows. */
interface Running {
  readonly scale: number;
}
const layer = s.oneOf(HYTRA_LAYERS, {
  allow: (name, { scale }: Running) => {
    const next = scaleOf(name as HytraLayer);
    return next === scale || next === scale + 1;
  },
});
const schema = s.bind(
  s.object({
    layers: s
      .repeat(layer, {
        min: LAYERS,
        max: LAYERS,
        context: (before, start: Running): Running => {
          const last = before.at(-1);
          return last === undefined ? start : { scale: scaleOf(last) };
        },
      })
      .describe("operator and scale of each layer; four layers are a block of the blockwise search"),
  }),
  { scale: 0 },
);
export type HytraGenotype = Infer<typeof schema>;

/** The published form: an index a layer. */
export function hytraToString({ layers }: HytraGenotype): string {
  return layers.map((it) => HYTRA_LAYERS.indexOf(it)).join("");
}

/** Errors: `hytra_text` for what is no digits of 0 to 5. Whether the path is allowed is the schema's to say. */
export function hytraFromString(text: string): HytraGenotype {
  const layers = [...text].map((digit) => HYTRA_LAYERS[Number(digit)]);
  if (layers.length !== LAYERS || layers.some((it) => it === undefined)) {
    fail(
      "hytra_text",
      { expected: `${LAYERS} digits of 0 to ${HYTRA_LAYERS.length - 1}`, received: text },
      { exitCode: ExitCode.usage },
    );
  }
  return { layers: layers.filter((it) => it !== undefined) };
}

export interface HytraSettings {
  /** Multiplier of all channels. */
  readonly width: number;
  /** The same for images of less than {@link SMALL_SIDE} pixels. */
  readonly smallWidth: number;
}

const SMALL_SIDE = 64;

/**
 * HyTra (Li et al. 2021, arXiv:2103.12424): 16 layers, each a convolution or self-attention in a ResNet bottleneck, at a scale
 * that may become coarser by one step a layer; attention at the two coarsest alone. With convolutions only it is
 * ResNet-50 where the scales change after 3, 7 and 13 layers. Our readings where the paper leaves details open: attention
 * has heads of 64 channels, halves its plane by averaging before it, and gets its positions from a depthwise 3×3
 * convolution that is added to its input. On images too small for the published strides the earliest ones are 1, and the
 * channels are a quarter, as residual networks for CIFAR have 16 where those for ImageNet have 64 (He et al. 2016,
 * section 4.2): with planes as large as at 224 pixels and all channels, such images would take the full 60 million
 * parameters and a billion multiplications.
 */
export function hytraSpace(settings: Partial<HytraSettings> = {}) {
  const { width = 1, smallWidth = width / 4 } = settings;
  return defineSpace({
    name: "hytra",
    version: 1,
    description: "HyTra: 16 bottlenecks, convolution or attention, at scales that fall along the way",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "adamw",
      learningRate: 1e-3,
      weightDecay: 0.05,
      labelSmoothing: 0.1,
      warmupEpochs: 2,
    },
    seeds: {
      resnet50: hytraFromString("5554444333333111"),
      botnet50: hytraFromString("5554444333333000"),
    },
    accepts: imagesOnly("hytra", 16),
    build(g, features, { layers }, outputs) {
      const image = imageOf("hytra", features);
      const multiplier = sideOf(image) < SMALL_SIDE ? smallWidth : width;
      const scaled = (channels: number) => Math.max(4, Math.round(channels * multiplier));
      const [first = 1, pool = 1, ...strides] = fitStrides(sideOf(image), [2, 2, 2, 2, 2]);
      let h = g.scope("stem", () =>
        convBn(g, image, scaled(64), { kernel: 7, stride: first, activation: "relu" }),
      );
      if (pool > 1) h = maxPool(g, h, { kernel: 3, stride: pool });
      let scale = 0;
      for (let i = 0; i < layers.length; i++) {
        const it = layers[i] ?? "conv56";
        const next = scaleOf(it);
        const stride = next > scale ? (strides[scale] ?? 1) : 1;
        const out = scaled(CHANNELS[next] ?? 256);
        const op = it.startsWith("att") ? attended : convolved;
        h = g.scope(`layer${i + 1}`, () => bottleneck(g, h, out, stride, op));
        scale = next;
      }
      return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
    },
  });
}

export const hytra = { ...hytraSpace(), tiny: hytraSpace({ width: 1 / 32, smallWidth: 1 / 32 }) };

type Middle = (g: NetworkBuilder, x: Value, stride: number) => Value;

/** ResNet's bottleneck around an operator on a quarter of the channels. */
function bottleneck(g: NetworkBuilder, x: Value, out: number, stride: number, middle: Middle): Value {
  const inner = Math.max(1, out >> 2);
  let h = g.scope("reduce", () => convBn(g, x, inner, { kernel: 1, activation: "relu" }));
  h = g.scope("middle", () => g.Relu(batchNorm(g, middle(g, h, stride))));
  h = g.scope("expand", () => convBn(g, h, out, { kernel: 1 }));
  const keeps = stride === 1 && fixedDim(x, 1) === out;
  const shortcut = keeps ? x : g.scope("shortcut", () => convBn(g, x, out, { kernel: 1, stride }));
  return g.Relu(g.Add(h, shortcut));
}

function convolved(g: NetworkBuilder, x: Value, stride: number): Value {
  return conv2d(g, x, fixedDim(x, 1), { kernel: 3, stride });
}

const HEAD_WIDTH = 64;

function attended(g: NetworkBuilder, x: Value, stride: number): Value {
  const small = stride === 1 ? x : averagePool(g, x, { kernel: 2, stride, padding: "cover" });
  const [channels, height, width] = [1, 2, 3].map((axis) => fixedDim(small, axis)) as [
    number,
    number,
    number,
  ];
  const places = g.scope("positions", () => conv2d(g, small, channels, { kernel: 3, groups: channels }));
  const tokens = g.Transpose(g.Reshape(g.Add(small, places), g.i64([0, channels, height * width])), {
    perm: [0, 2, 1],
  });
  const heads = channels % HEAD_WIDTH === 0 ? channels / HEAD_WIDTH : 1;
  const mixed = g.scope("attention", () => attention(g, tokens, { heads }));
  return g.Reshape(g.Transpose(mixed, { perm: [0, 2, 1] }), g.i64([0, channels, height, width]));
}
