import type { Value } from "../ir/index.js";
import { batchNorm, fixedDim, globalAveragePool, init, linear, type NetworkBuilder } from "../nn/index.js";
import { type Schema, s } from "../schema/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";

const SIDES = [1, 3, 5, 7] as const;
const FILTERS = [24, 36, 48, 64] as const;
const STRIDES = [1, 2, 3] as const;

/** A layer: its filter, and which earlier layers (1 for the first) feed it; none for the image. */
export interface NasRlLayer {
  height: (typeof SIDES)[number];
  width: (typeof SIDES)[number];
  filters: (typeof FILTERS)[number];
  strideHeight: (typeof STRIDES)[number];
  strideWidth: (typeof STRIDES)[number];
  /** Not there in the first layer. */
  inputs?: number[];
}
export interface NasRlGenotype {
  [layer: `layer${number}`]: NasRlLayer;
}

function schemaOf(layers: number, strides: boolean): Schema<NasRlGenotype> {
  const stride = s.oneOf(strides ? STRIDES : [1]);
  const fields = Array.from({ length: layers }, (_, i) => [
    `layer${i + 1}`,
    s.object({
      height: s.oneOf(SIDES).describe("of the filters"),
      width: s.oneOf(SIDES).describe("of the filters"),
      filters: s.oneOf(FILTERS).describe("how many"),
      strideHeight: stride.describe("vertical"),
      strideWidth: stride.describe("horizontal"),
      ...(i === 0 ? {} : { inputs: inputsOf(i) }),
    }),
  ]);
  const schema: unknown = s.object(Object.fromEntries(fields));
  return schema as Schema<NasRlGenotype>;
}

function inputsOf(before: number) {
  const layers = Array.from({ length: before }, (_, k) => k + 1);
  return s.subset(layers).describe("earlier layers that feed it; the image where there are none");
}

export interface NasRlSettings {
  /** Layers; the paper's controller begins with 6 and ends with 15 to 39. */
  readonly layers: number;
  /** Whether strides of 1 to 3 are decided as well. */
  readonly strides: boolean;
  /** Multiplier of the numbers of filters. */
  readonly width: number;
}

/**
 * The convolutional space of Zoph & Le 2017 (arXiv:1611.01578, section 3.3): layers of filters of 1 to 7 by 1 to 7, with
 * skip connections between any two: 1.2e21 networks of six layers with strides. Several inputs are padded to the
 * largest plane and put side by side; a layer without input takes the image; outputs that feed nobody are put side by
 * side before average pooling and the classifier. Convolution, batch normalisation, ReLU.
 */
export function nasRlSpace(settings: Partial<NasRlSettings> = {}) {
  const { layers = 6, strides = true, width = 1 } = settings;
  return nasRlOver(schemaOf(layers, strides), layers, width);
}

function nasRlOver(schema: Schema<NasRlGenotype>, layers: number, width: number) {
  return defineSpace({
    name: "nas-rl",
    version: 1,
    description: "Convolutions with skip connections between any two layers (Zoph & Le)",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "sgd",
      learningRate: 0.1,
      weightDecay: 1e-4,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    accepts: imagesOnly("nas-rl"),
    build(g, features, genotype, outputs) {
      const values = [imageOf("nas-rl", features)];
      const used = new Set([0]);
      for (let i = 1; i <= layers; i++) {
        const it = genotype[`layer${i}`];
        if (it === undefined) continue;
        const { inputs: earlier = [] } = it;
        const from = earlier.length === 0 ? [0] : earlier;
        for (const source of from) used.add(source);
        const inputs = from.flatMap((source) => values[source] ?? []);
        values.push(g.scope(`layer${i}`, () => layer(g, joined(g, inputs), it, width)));
      }
      const loose = values.filter((_, i) => !used.has(i));
      return g.scope("classifier", () => linear(g, globalAveragePool(g, joined(g, loose)), outputs));
    },
  });
}

const schema = schemaOf(6, true);
export const nasRl = { ...nasRlOver(schema, 6, 1), tiny: nasRlOver(schema, 6, 1 / 12) };

function layer(g: NetworkBuilder, x: Value, it: NasRlLayer, width: number): Value {
  const filters = Math.max(1, Math.round(it.filters * width));
  const w = g.param("weight", [filters, fixedDim(x, 1), it.height, it.width], { init: init.heNormal });
  const [top, left] = [it.height >> 1, it.width >> 1];
  const y = g.Conv(x, w, undefined, {
    kernel_shape: [it.height, it.width],
    strides: [it.strideHeight, it.strideWidth],
    pads: [top, left, top, left],
  });
  return g.Relu(batchNorm(g, y));
}

/** Side by side, smaller planes padded with zeros behind. */
function joined(g: NetworkBuilder, values: readonly Value[]): Value {
  const [height, width] = [2, 3].map((axis) => Math.max(...values.map((v) => fixedDim(v, axis))));
  const padded = values.map((v) => {
    const [down = 0, right = 0] = [(height ?? 0) - fixedDim(v, 2), (width ?? 0) - fixedDim(v, 3)];
    return down === 0 && right === 0 ? v : g.Pad(v, g.i64([0, 0, 0, 0, 0, 0, down, right]));
  });
  return padded.length === 1 && padded[0] !== undefined ? padded[0] : g.Concat(padded, { axis: 1 });
}
