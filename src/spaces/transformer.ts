import type { Value } from "../ir/index.js";
import {
  type AttentionOptions,
  classToken,
  dropout,
  encoderBlock,
  globalTokenMean,
  init,
  layerNorm,
  learnedPositions,
  linear,
  linearAttention,
  type NetworkBuilder,
  rmsNorm,
  sinusoidalPositions,
  tokenAt,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { defineSpace } from "./define.js";
import { tokensOf, tokensOnly } from "./tokens.js";

const HEADS = [1, 2, 3, 4, 6, 8, 12] as const;
/** Distance beyond which a learned bias of the distance does not change. */
const LONGEST = 32;

/** Heads that cut a width into even parts, which turned queries and keys ask for. */
const heads = s
  .oneOf(HEADS, { allow: (n, width: number) => width % (2 * n) === 0 })
  .describe("heads of the queries");
const kvHeads = s
  .oneOf(HEADS, { allow: (n, of: number) => of % n === 0 })
  .describe("heads of keys and values: as many (usual), fewer (grouped), one (multi-query)");
const block = s.object({
  attention: s.oneOf(
    {
      softmax: s.object({
        heads,
        kvHeads: s.within({ heads }, (it): number => it.heads, kvHeads),
        talking: s.when(
          { heads },
          (it) => it.heads > 1,
          s.boolean().describe("heads exchange scores and weights"),
        ),
      }),
      linear: s.object({ heads }),
    },
    { weights: { softmax: 3, linear: 1 } },
  ),
  ratio: s
    .oneOf([1, 2, 3, 4])
    .describe("width of the feed-forward part's inner layer, relative to the tokens'"),
});
const width = s.oneOf([32, 48, 64, 96, 128, 192, 256]).describe("numbers of a token");
const schema = s.object({
  patches: s
    .oneOf([4, 7, 8, 14], { weights: [1, 2, 2, 1] })
    .describe("patches along the shorter side of an image"),
  width,
  positions: s
    .oneOf(["none", "learned", "sinusoidal", "rotary", "alibi", "relative"], { weights: [1, 2, 1, 2, 1, 1] })
    .describe("how places are told apart; the last three within softmax attention"),
  norm: s.oneOf(["pre", "post"], { weights: [3, 1] }).describe("normalise what enters a branch, or the sum"),
  normalization: s.oneOf(["layer", "rms"]),
  activation: s.oneOf(["gelu", "relu", "silu"]),
  gated: s.boolean().describe("gated units in the feed-forward parts"),
  pool: s.oneOf(["mean", "class-token"]).describe("what the classifier reads"),
  dropout: s.oneOf([0, 0.1], { weights: [2, 1] }).describe("of branches and inner layers, while training"),
  blocks: s.within(
    { width },
    (it): number => it.width,
    s.repeat(block, { min: 1, max: 12 }).describe("from the tokens to the classifier"),
  ),
});
export type TransformerGenotype = Infer<typeof schema>;
type Block = TransformerGenotype["blocks"][number];

const DEIT_BLOCK: Block = { attention: { op: "softmax", heads: 3, kvHeads: 3, talking: false }, ratio: 4 };
const PLAIN = {
  norm: "pre",
  normalization: "layer",
  activation: "gelu",
  gated: false,
  pool: "class-token",
  dropout: 0,
} as const;

/**
 * Transformer encoders over the patches of an image, the steps of a series, or the columns of a table (Vaswani et al.
 * 2017, arXiv:1706.03762; Dosovitskiy et al. 2021, arXiv:2010.11929; Gorishniy et al. 2021, arXiv:2106.11959): width,
 * depth, positions, normalisation, feed-forward part, and, block by block as in AutoFormer (Chen et al. 2021,
 * arXiv:2107.00651), heads, attention and ratio. Attention is softmax with as many or fewer heads of keys and values
 * (Shazeer 2019, Ainslie et al. 2023) and talking heads (Shazeer et al. 2020), or linear (Katharopoulos et al. 2020).
 */
export const transformer = defineSpace({
  name: "transformer",
  aliases: ["vit"],
  version: 1,
  description: "Transformers over patches, steps or columns: heads and attention block by block",
  schema,
  recipe: {
    batchSize: 64,
    optimizer: "adamw",
    learningRate: 1e-3,
    weightDecay: 0.05,
    labelSmoothing: 0.05,
    warmupEpochs: 1,
  },
  seeds: {
    small: {
      ...PLAIN,
      patches: 7,
      width: 64,
      positions: "learned",
      pool: "mean",
      blocks: Array.from({ length: 3 }, () => ({
        attention: { op: "softmax", heads: 4, kvHeads: 4, talking: false } as const,
        ratio: 2 as const,
      })),
    },
    /** DeiT-Ti/16 of Touvron et al. 2021, arXiv:2012.12877, for images of 224 pixels. */
    "deit-ti": {
      ...PLAIN,
      patches: 14,
      width: 192,
      positions: "learned",
      blocks: Array.from({ length: 12 }, () => DEIT_BLOCK),
    },
  },
  accepts: tokensOnly("transformer"),
  build(g, features, genotype, outputs) {
    const { positions, pool } = genotype;
    let h = g.scope("tokens", () => tokensOf(g, features, genotype.width, genotype.patches));
    if (pool === "class-token") h = classToken(g, h);
    if (positions === "learned") h = learnedPositions(g, h);
    if (positions === "sinusoidal") h = sinusoidalPositions(g, h);
    h = dropout(g, h, genotype.dropout);
    genotype.blocks.forEach((it, i) => {
      h = g.scope(`block${i + 1}`, () => blockOf(g, h, it, genotype));
    });
    if (genotype.norm === "pre") {
      h = g.scope("norm", () => (genotype.normalization === "rms" ? rmsNorm(g, h) : layerNorm(g, h)));
    }
    const read = pool === "class-token" ? tokenAt(g, h, 0) : globalTokenMean(g, h);
    return g.scope("classifier", () => linear(g, read, outputs, { init: init.truncatedNormal(0.02) }));
  },
});

function blockOf(
  g: NetworkBuilder,
  x: Value,
  { attention, ratio }: Block,
  genotype: TransformerGenotype,
): Value {
  const { heads: count } = attention;
  const softmax: Partial<AttentionOptions> =
    attention.op === "softmax"
      ? {
          kvHeads: attention.kvHeads,
          talkingHeads: attention.talking ?? false,
          positions: insideOf(genotype.positions),
        }
      : {};
  return encoderBlock(g, x, {
    heads: count,
    ...softmax,
    attention: attention.op === "linear" ? (y) => linearAttention(g, y, { heads: count }) : undefined,
    hidden: ratio * genotype.width,
    activation: genotype.activation,
    gated: genotype.gated,
    norm: genotype.norm,
    normKind: genotype.normalization,
    dropout: genotype.dropout,
    init: init.truncatedNormal(0.02),
  });
}

function insideOf(positions: TransformerGenotype["positions"]): AttentionOptions["positions"] {
  if (positions === "relative") return { relative: LONGEST };
  return positions === "rotary" || positions === "alibi" ? positions : undefined;
}
