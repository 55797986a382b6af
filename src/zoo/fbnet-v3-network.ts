import type { Value } from "../ir/index.js";
import {
  activation,
  conv2d,
  convBn,
  dropout,
  fixedDim,
  globalAveragePool,
  invertedResidual,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { roundChannels } from "./channels.js";
import type { FbnetRow } from "./fbnet-v3-blocks.js";

export interface FbnetForm {
  readonly stem: number;
  readonly rows: readonly FbnetRow[];
  /** Channels of the last block, which pools between its two convolutions, and its expansion. */
  readonly pool: { readonly channels: number; readonly expansion: number };
  /** Before the classifier, while training. */
  readonly dropout: number;
  /** Stochastic depth of the last block; it grows linearly from 0 at the first. */
  readonly dropPath: number;
  /** How many of the strides of 2, from the stem on, become 1. Default: 2 for sides below 96 pixels, otherwise 0. */
  readonly kept?: number;
}

/** Images below this many pixels keep their size in the stem and in the third stage. */
const SMALL_SIDE = 96;
const act = "hard-swish";

/**
 * The networks of FBNetV3's form (Dai et al. 2020, arXiv:2006.02049): a stem, rows of inverted residuals, a block that pools
 * between its two convolutions, a classifier. Expanded channels are rounded to multiples of 8; squeeze-excite has a
 * quarter of a block's input channels, so rounded. Departure: for images with sides below 96 pixels the first two
 * strides are 1 and all paddings are "same".
 */
export function fbnetNetwork(g: NetworkBuilder, image: Value, form: FbnetForm, outputs: number): Value {
  const small = Math.min(fixedDim(image, 2), fixedDim(image, 3)) < SMALL_SIDE;
  const { rows, pool, dropPath, kept = small ? 2 : 0 } = form;
  let left = kept;
  const stride = (wanted: number) => (wanted === 2 && left-- > 0 ? 1 : wanted);
  let h = g.scope("stem", () =>
    convBn(g, image, form.stem, { kernel: 3, stride: stride(2), activation: act }),
  );
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  let at = 0;
  rows.forEach((row, i) => {
    for (let n = 0; n < row.count; n++) {
      const inner = roundChannels(fixedDim(h, 1) * row.expansion);
      h = g.scope(`row${i + 1}/block${n + 1}`, () =>
        invertedResidual(g, h, row.channels, {
          kernel: row.kernel,
          stride: n === 0 ? stride(row.stride) : 1,
          padding: kept > 0 ? undefined : row.padding,
          expansion: row.expansion,
          hidden: inner,
          squeezeExcite: row.squeezeExcite && {
            hidden: roundChannels(Math.floor((inner * 0.25) / row.expansion), 8, 0.95),
          },
          activation: act,
          dropPath: (dropPath * at++) / Math.max(1, total - 1),
          zeroLast: true,
        }),
      );
    }
  });
  const wide = g.scope("head", () =>
    convBn(g, h, roundChannels(fixedDim(h, 1) * pool.expansion), { kernel: 1, activation: act }),
  );
  const pooled = g.Unsqueeze(globalAveragePool(g, wide), g.i64([2, 3]));
  const last = g.scope("pool", () => conv2d(g, pooled, pool.channels, { kernel: 1 }));
  return g.scope("classifier", () =>
    linear(g, dropout(g, g.Flatten(activation(g, last, act)), form.dropout), outputs),
  );
}
