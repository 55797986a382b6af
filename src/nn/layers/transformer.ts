import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import type { NetworkBuilder } from "../network.js";
import { type AttentionOptions, attention } from "./attention/multi-head.js";
import { dropout, dropPath } from "./dropout.js";
import { type FeedForwardOptions, feedForward } from "./feed-forward.js";
import { layerNorm, layerScale, rmsNorm } from "./norms.js";

export interface TransformerBlockOptions extends Omit<AttentionOptions, "context" | "out" | "dropout"> {
  /** Of the inner layer of the feed-forward part. */
  readonly hidden?: number;
  readonly activation?: FeedForwardOptions["activation"];
  readonly gated?: boolean;
  /** Normalise what goes into a branch, or what comes out of the sum (Xiong et al. 2020). Default "pre". */
  readonly norm?: "pre" | "post";
  /** Default "layer". */
  readonly normKind?: "layer" | "rms";
  readonly normEpsilon?: number;
  /** Of both branches' results and of the inner layer. */
  readonly dropout?: number;
  /** Of the attention weights. */
  readonly attentionDropout?: number;
  /** Rate of stochastic depth of each branch. */
  readonly dropPath?: number;
  /** Where the learned factors of the branches begin; none without it. */
  readonly layerScale?: number;
  /** In place of the softmax attention over the block's input: anything of the same shape. */
  readonly attention?: (x: Value) => Value;
  /** In place of the feed-forward part: a mixture of experts, or anything of the same shape. */
  readonly feedForward?: (x: Value) => Value;
}

/** Self-attention and a feed-forward part, each with a shortcut and a normalisation: x [N, L, C]. */
export function encoderBlock(g: NetworkBuilder, x: Value, options: TransformerBlockOptions): Value {
  const h = branch(g, x, "attention", options, (y) => selfAttention(g, y, options));
  return branch(g, h, "mlp", options, (y) => mlp(g, y, options));
}

export interface DecoderBlockOptions extends TransformerBlockOptions {
  /** Boolean [N, S] over the context: true where it has a token. */
  readonly contextMask?: Value;
}

/** {@link encoderBlock} with causal self-attention, and cross-attention to a context [N, S, E] in between. */
export function decoderBlock(
  g: NetworkBuilder,
  x: Value,
  context: Value,
  options: DecoderBlockOptions,
): Value {
  const { contextMask, ...rest } = options;
  let h = branch(g, x, "attention", rest, (y) => selfAttention(g, y, { causal: true, ...rest }));
  h = branch(g, h, "cross", rest, (y) =>
    attention(g, y, {
      heads: rest.heads,
      kvHeads: rest.kvHeads,
      headWidth: rest.headWidth,
      qkvBias: rest.qkvBias,
      init: rest.init,
      dropout: rest.attentionDropout,
      context,
      keyMask: contextMask,
    }),
  );
  return branch(g, h, "mlp", rest, (y) => mlp(g, y, rest));
}

function selfAttention(g: NetworkBuilder, x: Value, o: TransformerBlockOptions): Value {
  if (o.attention !== undefined) return o.attention(x);
  return attention(g, x, { ...o, dropout: o.attentionDropout });
}

function mlp(g: NetworkBuilder, x: Value, o: TransformerBlockOptions): Value {
  if (o.feedForward !== undefined) return o.feedForward(x);
  const { hidden, activation, gated, init } = o;
  return feedForward(g, x, { hidden, activation, gated, init, dropout: o.dropout });
}

function branch(
  g: NetworkBuilder,
  x: Value,
  name: string,
  o: TransformerBlockOptions,
  body: (x: Value) => Value,
): Value {
  const norm = (y: Value) =>
    g.scope(`${name}_norm`, () => {
      const options = { epsilon: o.normEpsilon };
      return o.normKind === "rms" ? rmsNorm(g, y, options) : layerNorm(g, y, options);
    });
  const made = g.scope(name, () => {
    const y = body(o.norm === "post" ? x : norm(x));
    const scaled = o.layerScale === undefined ? y : layerScale(g, y, o.layerScale);
    // The feed-forward part drops its own result.
    return dropPath(g, name === "mlp" ? scaled : dropout(g, scaled, o.dropout ?? 0), o.dropPath ?? 0);
  });
  const sum = g.Add(x, made);
  return o.norm === "post" ? norm(sum) : sum;
}

const group = "Transformers";
const x = ["N", 3, 4] as const;

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "encoderBlock",
    group,
    doc: "Transformer block: self-attention and a feed-forward part, normalised before or after.",
    formula: "pre: x + f(norm x); post: norm(x + f(x))",
    source: "Vaswani et al. 2017, arXiv:1706.03762; Xiong et al. 2020, arXiv:2002.04745",
    samples: [
      sample({ x }, x, (g, { x }) =>
        encoderBlock(g, x, { heads: 2, hidden: 6, dropPath: 0.3, layerScale: 0.5 }),
      ),
      sample({ x }, x, (g, { x }) =>
        encoderBlock(g, x, {
          heads: 2,
          hidden: 5,
          norm: "post",
          normKind: "rms",
          gated: true,
          activation: "silu",
          dropout: 0.1,
          attentionDropout: 0.1,
        }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "decoderBlock",
    group,
    doc: "Transformer block with causal self-attention and cross-attention to a context.",
    source: "Vaswani et al. 2017, arXiv:1706.03762",
    samples: [
      sample(
        { x, context: ["N", 2, 4], seen: { shape: ["N", 2], dtype: "bool", values: [1, 0, 1, 1] } },
        x,
        (g, { x, context, seen }) => decoderBlock(g, x, context, { heads: 2, hidden: 4, contextMask: seen }),
      ),
    ],
  },
];
