import type { Value } from "../ir/index.js";
import {
  type ActivationName,
  activation,
  batchNorm,
  conv2d,
  convBn,
  dropout,
  type Extent,
  fixedDim,
  globalAveragePool,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { roundChannels } from "../zoo/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { depthwise, fitStrides, masked, sideOf } from "./operators.js";

const block = s.object({
  kernel: s.oneOf([3, 5, 7]).describe("side of the depthwise kernel"),
  expansion: s.oneOf([3, 4, 6]).describe("inner channels relative to the block's input"),
});
const unit = s.object({
  blocks: s.repeat(block, { min: 2, max: 4 }).describe("blocks in a row: the unit's depth"),
});
const schema = s.object({ unit1: unit, unit2: unit, unit3: unit, unit4: unit, unit5: unit });
export type MobileNetV3Genotype = Infer<typeof schema>;
type Block = Infer<typeof block>;

/** Channels, stride, squeeze-and-excitation and activation of the five units. */
const UNITS = [
  { key: "unit1", channels: 24, stride: 2, squeeze: false, activation: "relu" },
  { key: "unit2", channels: 40, stride: 2, squeeze: true, activation: "relu" },
  { key: "unit3", channels: 80, stride: 2, squeeze: false, activation: "hard-swish" },
  { key: "unit4", channels: 112, stride: 1, squeeze: true, activation: "hard-swish" },
  { key: "unit5", channels: 160, stride: 2, squeeze: true, activation: "hard-swish" },
] as const;

const LARGEST = { blocks: Array.from({ length: 4 }, () => ({ kernel: 7, expansion: 6 }) as const) };

export interface MobileNetV3Settings {
  /** Multiplier of all channels. */
  readonly width: number;
}

/**
 * Once-for-all networks over MobileNetV3 (Cai et al. 2020, arXiv:1908.09791; Howard et al. 2019): five units of two to
 * four inverted residuals, each with a kernel of 3, 5 or 7 and an expansion of 3, 4 or 6: 7,371⁵ ≈ 2.2e19 networks.
 * In the supernet weights are shared: a small kernel is the centre of a large one, fewer channels are the leading
 * ones, a shallow unit is the beginning of a deep one. Departures: no linear maps between kernel sizes; channels
 * are not sorted by importance; on images too small for the published strides the earliest ones are 1.
 */
export function mobileNetV3Space(settings: Partial<MobileNetV3Settings> = {}) {
  const { width = 1 } = settings;
  const scaled = (channels: number) => roundChannels(channels * width);
  return defineSpace({
    name: "mobilenetv3",
    aliases: ["ofa"],
    version: 1,
    description: "Once-for-all MobileNetV3: five units of elastic depth, kernels and expansions",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "adamw",
      learningRate: 4e-3,
      weightDecay: 0.02,
      labelSmoothing: 0.05,
      warmupEpochs: 1,
    },
    supernet: { unit1: LARGEST, unit2: LARGEST, unit3: LARGEST, unit4: LARGEST, unit5: LARGEST },
    accepts: imagesOnly("mobilenetv3"),
    build(g, features, genotype, outputs) {
      const image = imageOf("mobilenetv3", features);
      const [stem = 1, ...strides] = fitStrides(sideOf(image), [2, ...UNITS.map(({ stride }) => stride)]);
      const first = scaled(16);
      let h = g.scope("stem", () =>
        convBn(g, image, first, { kernel: 3, stride: stem, activation: "hard-swish" }),
      );
      h = g.scope("first", () => {
        const spread = g.scope("depthwise", () =>
          convBn(g, h, first, { kernel: 3, groups: first, activation: "relu" }),
        );
        return g.Add(
          h,
          g.scope("project", () => convBn(g, spread, first, { kernel: 1 })),
        );
      });
      UNITS.forEach(({ key, channels, ...form }, u) => {
        h = g.scope(key, () =>
          g.stack(genotype[key], "blocks", h, (x, it, i) =>
            g.scope(`block${i + 1}`, () =>
              elasticBlock(g, x, it, {
                ...form,
                channels: scaled(channels),
                stride: i === 0 ? (strides[u] ?? 1) : 1,
              }),
            ),
          ),
        );
      });
      h = g.scope("expand", () => convBn(g, h, scaled(960), { kernel: 1, activation: "hard-swish" }));
      const pooled = globalAveragePool(g, h);
      const mixed = g.scope("mix", () =>
        activation(g, linear(g, pooled, scaled(1280), { bias: false }), "hard-swish"),
      );
      return g.scope("classifier", () => linear(g, dropout(g, mixed, 0.1), outputs));
    },
  });
}

export const mobileNetV3 = { ...mobileNetV3Space(), tiny: mobileNetV3Space({ width: 0.1 }) };

interface BlockForm {
  readonly channels: number;
  readonly stride: number;
  readonly squeeze: boolean;
  readonly activation: ActivationName;
}

/** Inverted residual whose kernel and inner channels may be open; residual where shapes allow. */
function elasticBlock(g: NetworkBuilder, x: Value, it: Block, form: BlockForm): Value {
  const channels = fixedDim(x, 1);
  const innerOf = (expansion: number) => roundChannels(channels * expansion);
  const inner = g.width(it, "expansion", innerOf);
  const kernel = g.kernel(it, "kernel", (side) => side);
  const finish = (h: Value) => masked(g, activation(g, batchNorm(g, h), form.activation), inner);
  let h = g.scope("expand", () => finish(conv2d(g, x, inner.size, { kernel: 1 })));
  h = g.scope("depthwise", () => finish(depthwise(g, h, kernel, form.stride)));
  if (form.squeeze) {
    const squeezed = g.width(it, "expansion", (expansion) => roundChannels(innerOf(expansion) / 4));
    h = g.scope("se", () => squeeze(g, h, squeezed));
  }
  h = g.scope("project", () => convBn(g, h, form.channels, { kernel: 1 }));
  return form.stride === 1 && channels === form.channels ? g.Add(x, h) : h;
}

function squeeze(g: NetworkBuilder, x: Value, inner: Extent): Value {
  const mean = g.ReduceMean(x, g.i64([2, 3]), { keepdims: 1 });
  const reduced = g.scope("reduce", () => conv2d(g, mean, inner.size, { kernel: 1, bias: true }));
  const gate = g.scope("expand", () =>
    conv2d(g, masked(g, g.Relu(reduced), inner), fixedDim(x, 1), { kernel: 1, bias: true }),
  );
  return g.Mul(x, g.HardSigmoid(gate, { alpha: 1 / 6, beta: 0.5 }));
}
