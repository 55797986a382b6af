import type { Value } from "../ir/index.js";
import {
  convBn,
  dropout,
  fixedDim,
  globalAveragePool,
  invertedResidual,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";

/** EfficientNet-B0 (table 1 of arXiv:1905.11946): kernel, stride of the first block, expansion, channels, blocks. */
export const B0_STAGES = [
  [3, 1, 1, 16, 1],
  [3, 2, 6, 24, 2],
  [5, 2, 6, 40, 2],
  [3, 2, 6, 80, 3],
  [5, 1, 6, 112, 3],
  [5, 2, 6, 192, 4],
  [3, 1, 6, 320, 1],
] as const;

export interface EfficientShape {
  readonly stem: number;
  readonly channels: (base: number) => number;
  readonly blocks: (base: number) => number;
  readonly head: number;
  /** Before the classifier, while training. */
  readonly dropout: number;
  /** Stochastic depth of a block after all others; it grows linearly from 0. */
  readonly dropPath: number;
}

/** Images below this many pixels keep their size in the stem and in the second stage. */
const SMALL_SIDE = 96;
const NORM = { epsilon: 1e-3, momentum: 0.99 };

/**
 * The networks that are B0 with other channels and numbers of blocks: a stem, seven stages of inverted residuals with
 * squeeze-excite (a quarter of a block's input channels), a 1×1 convolution, a linear layer.
 */
export function efficientStages(
  g: NetworkBuilder,
  image: Value,
  shape: EfficientShape,
  outputs: number,
): Value {
  const small = Math.min(fixedDim(image, 2), fixedDim(image, 3)) < SMALL_SIDE;
  const act = { activation: "silu", norm: NORM } as const;
  let h = g.scope("stem", () => convBn(g, image, shape.stem, { kernel: 3, stride: small ? 1 : 2, ...act }));
  const total = B0_STAGES.reduce((sum, [, , , , blocks]) => sum + shape.blocks(blocks), 0);
  let at = 0;
  B0_STAGES.forEach(([kernel, stride, expansion, channels, base], stage) => {
    for (let n = 0; n < shape.blocks(base); n++) {
      const first = small && stage === 1 ? 1 : stride;
      const rate = (shape.dropPath * at++) / total;
      h = g.scope(`stage${stage + 1}/block${n + 1}`, () =>
        invertedResidual(g, h, shape.channels(channels), {
          kernel,
          stride: n === 0 ? first : 1,
          expansion,
          squeezeExcite: {
            hidden: Math.max(1, Math.floor(fixedDim(h, 1) / 4)),
            activation: "silu",
            gate: "sigmoid",
          },
          dropPath: rate,
          ...act,
        }),
      );
    }
  });
  h = g.scope("head", () => convBn(g, h, shape.head, { kernel: 1, ...act }));
  return g.scope("classifier", () => linear(g, dropout(g, globalAveragePool(g, h), shape.dropout), outputs));
}
