import { nearest } from "./similarity.js";

/** A statement of the literature, called up by what an experiment shows. */
export interface Cognition {
  readonly source: string;
  /** What was found. */
  readonly insight: string;
  /** Signs in experiments at which it is of use. */
  readonly trigger: string;
  /** How it is applied. */
  readonly guidance: string;
}

/** The built-in knowledge base: findings of papers, in our words. */
export const KNOWLEDGE: readonly Cognition[] = [
  {
    source: "He et al. 2015, arXiv:1512.03385",
    insight: "Shortcuts that pass the input on let gradients through any depth.",
    trigger: "deep network trains badly, loss stays high, added layers make it worse, no skip connection",
    guidance: "give each block a skip connection, the identity where shapes agree",
  },
  {
    source: "Dong & Yang 2020, arXiv:2001.00326",
    insight:
      "In cells, a residual path beside convolutions of 3 by 3 is in nearly all of the best; average pooling is in few.",
    trigger:
      "cell with none, pooling on many edges, low accuracy, few convolutions, nor_conv_3x3 skip_connect",
    guidance: "keep an edge from input to output as skip, and use 3 by 3 convolutions on the others",
  },
  {
    source: "Tan & Le 2019, arXiv:1905.11946",
    insight: "Depth, width and resolution pay best when they grow together.",
    trigger:
      "only width or only depth was raised and accuracy gained little, wider, deeper, channels, layers",
    guidance: "raise depth and width by similar shares instead of one alone",
  },
  {
    source: "Sandler et al. 2018, arXiv:1801.04381",
    insight: "Inverted bottlenecks with linear ends keep information at low cost.",
    trigger: "multiply-accumulates or parameters near the limit, dense convolutions are costly, mobile",
    guidance: "expand, convolve depthwise, project without an activation",
  },
  {
    source: "Hu et al. 2017, arXiv:1709.01507",
    insight: "Channels weighted by a look at the whole picture help for few parameters.",
    trigger: "channels saturate, accuracy stands still, squeeze, excitation, channel attention",
    guidance: "add squeeze and excitation to the later blocks first",
  },
  {
    source: "Xiong et al. 2020, arXiv:2002.04745",
    insight: "Normalising what enters a branch trains stably without warm-up; normalising sums does not.",
    trigger: "transformer diverges, training unstable, post norm, loss spikes",
    guidance: "normalise before attention and feed-forward parts",
  },
  {
    source: "Shazeer 2020, arXiv:2002.05202",
    insight: "Gated linear units in feed-forward parts beat plain ones at the same size.",
    trigger: "feed-forward part, activation relu gelu, loss stands still, gated",
    guidance: "gate the inner layer and shrink it so that parameters stay the same",
  },
  {
    source: "Yang et al. 2024, arXiv:2406.06484",
    insight: "The delta rule overwrites what a linear memory held for a key, so recall grows.",
    trigger: "recall over long series is poor, linear attention, memory overwritten, association",
    guidance: "update a linear state by the error of its own prediction",
  },
  {
    source: "Liu et al. 2025, arXiv:2507.18074",
    insight:
      "Local paths (short and long causal filters, a direct copy) beside a global memory, mixed by gates that cannot close for good, recur in the best layers.",
    trigger: "one mechanism alone, local patterns missed, gate collapses to one path, mixture",
    guidance: "add a local path and give every gate a floor",
  },
  {
    source: "Gorishniy et al. 2021, arXiv:2106.11959",
    insight: "On tables, plain networks with residual blocks and embeddings of numbers are hard to beat.",
    trigger: "table, columns, numeric features, categories, mlp, overfitting",
    guidance: "embed numbers, use residual blocks of moderate width, and regularise",
  },
  {
    source: "Srivastava et al. 2014, JMLR 15",
    insight: "Dropout narrows the gap between training and validation where data are few.",
    trigger:
      "training loss low but validation loss high, overfitting, small data, loss and accuracy disagree",
    guidance: "raise dropout or weight decay, or make the network smaller",
  },
  {
    source: "Ramachandran et al. 2017, arXiv:1710.05941",
    insight: "Smooth activations such as SiLU help deep networks a little and never cost much.",
    trigger: "relu activation, small gains wanted, units that are dead, silu, hardswish",
    guidance: "replace ReLU by SiLU or hard-swish in later layers",
  },
  {
    source: "Real et al. 2019, arXiv:1802.01548",
    insight: "Small edits of recent good designs find better ones more surely than large jumps.",
    trigger: "large changes lost accuracy, many decisions changed at once, worse than its parent",
    guidance: "change one decision of the parent and keep the others",
  },
  {
    source: "White et al. 2021, arXiv:2005.02960",
    insight: "Neighbours of good designs are good: with little noise local search is strong.",
    trigger: "better than its parent, a single decision changed, neighbour, improvement",
    guidance: "try the other values of the decisions next to the one that helped",
  },
];

/** Similarity below which a statement is not called up; of word vectors, where the authors' 0.6 is of sentence embeddings. */
const THRESHOLD = 0.08;

/** What the literature says to a text on an experiment: up to `k` statements, most apt first. */
export function recall(text: string, k = 3, base: readonly Cognition[] = KNOWLEDGE): readonly Cognition[] {
  return nearest(text, base, (it) => `${it.trigger} ${it.insight}`, k)
    .filter((it) => it.similarity >= THRESHOLD)
    .map(({ item }) => item);
}

export function cognitionInWords({ source, insight, guidance }: Cognition): string {
  return `${insight} Applied: ${guidance} (${source}).`;
}
