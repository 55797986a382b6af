import { fail } from "../../../base/index.js";
import type { Value } from "../../../ir/index.js";
import { type Definition, sample } from "../../define.js";
import { type Initializer, init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";
import { conv2d } from "../conv.js";
import { linear } from "../linear.js";
import { rmsNorm } from "../norms.js";
import { rotaryPositions } from "../positions.js";
import { type AttendOptions, attend } from "./attend.js";
import { alibiBias, relativePositionBias } from "./biases.js";

export interface AttentionOptions extends Omit<AttendOptions, "mixScores" | "mixWeights"> {
  readonly heads: number;
  /** Heads of keys and values: 1 is multi-query attention, a divisor of `heads` grouped-query. Default `heads`. */
  readonly kvHeads?: number;
  /** Width of a head. Default: the input's width divided by the heads. */
  readonly headWidth?: number;
  /** Width of the output. Default: that of the input. */
  readonly out?: number;
  /** Where keys and values come from, [N, S, C]: cross-attention. Default: the input itself. */
  readonly context?: Value;
  /** How places are told apart inside: turned queries and keys, linear biases, or a learned bias of the distance. */
  readonly positions?: "rotary" | "alibi" | { readonly relative: number };
  /** Heads exchange scores before, and weights after the softmax (Shazeer et al. 2020). */
  readonly talkingHeads?: boolean;
  /** Queries and keys are normalised a head at a time (Henry et al. 2020). */
  readonly qkNorm?: boolean;
  /** Whether the projections of queries, keys and values have biases. Default true. */
  readonly qkvBias?: boolean;
  /** Whether the projection of the result has a bias. Default true. */
  readonly outBias?: boolean;
  readonly init?: Initializer;
}

/** Multi-head attention of x [N, L, C], in all its variants; gives [N, L, out]. */
export function attention(g: NetworkBuilder, x: Value, options: AttentionOptions): Value {
  const { heads, kvHeads = heads, context, positions, out = fixedDim(x, -1) } = options;
  const width = options.headWidth ?? fixedDim(x, -1) / heads;
  if (!Number.isInteger(width)) {
    fail("attention_heads", {
      path: g.path,
      expected: `a width that ${heads} heads divide`,
      received: `${fixedDim(x, -1)}`,
      hint: "give headWidth, or another number of heads",
    });
  }
  const { bias: userBias, ...masks } = options;
  let [q, k, v] = project(g, x, context, [heads, kvHeads, width], options);
  if (options.qkNorm === true) {
    q = g.scope("q_norm", () => rmsNorm(g, q));
    k = g.scope("k_norm", () => rmsNorm(g, k));
  }
  if (positions === "rotary") [q, k] = [rotaryPositions(g, q), rotaryPositions(g, k)];
  // A leading axis tells [heads, L, S] from [N, L, S].
  const perHead = (made: Value) => g.Unsqueeze(made, g.i64([0]));
  let bias = userBias;
  if (positions === "alibi") bias = both(g, bias, perHead(alibiBias(g, q, k, heads)));
  else if (typeof positions === "object") {
    bias = both(g, bias, perHead(relativePositionBias(g, q, k, heads, positions.relative)));
  }
  // Scores [N, heads, L, S] are maps with a channel a head: mixing heads is a 1×1 convolution.
  const talk = (name: string) => (maps: Value) =>
    g.scope(name, () => conv2d(g, maps, heads, { kernel: 1, init: init.identity() }));
  const mixing =
    options.talkingHeads === true ? { mixScores: talk("talk_scores"), mixWeights: talk("talk_weights") } : {};
  const y = attend(g, q, k, v, { ...masks, bias, ...mixing });
  const joined = g.Reshape(g.Transpose(y, { perm: [0, 2, 1, 3] }), g.i64([0, 0, heads * width]));
  return g.scope("out", () =>
    linear(g, joined, out, { bias: options.outBias ?? true, init: options.init ?? init.lecunNormal }),
  );
}

/** Queries [N, heads, L, D], keys and values [N, kvHeads, S, D]; one product makes all three where it can. */
function project(
  g: NetworkBuilder,
  x: Value,
  context: Value | undefined,
  [heads, kvHeads, width]: readonly [number, number, number],
  options: AttentionOptions,
): [q: Value, k: Value, v: Value] {
  const bias = options.qkvBias ?? true;
  const make = (name: string, from: Value, count: number) => {
    const all = g.scope(name, () =>
      linear(g, from, count * width, { bias, init: options.init ?? init.lecunNormal }),
    );
    const split = g.Reshape(all, g.i64([0, 0, count, width]));
    return g.Transpose(split, { perm: [0, 2, 1, 3] });
  };
  const parts = (all: Value, sizes: readonly number[]) =>
    g.Split(all, g.i64(sizes), { axis: 1 }, sizes.length);
  const missing = () => fail("output_missing", { path: "Split" });
  if (context === undefined) {
    const [q, k, v] = parts(make("qkv", x, heads + 2 * kvHeads), [heads, kvHeads, kvHeads]);
    return q === undefined || k === undefined || v === undefined ? missing() : [q, k, v];
  }
  const [k, v] = parts(make("kv", context, 2 * kvHeads), [kvHeads, kvHeads]);
  const q = make("q", x, heads);
  return k === undefined || v === undefined ? missing() : [q, k, v];
}

function both(g: NetworkBuilder, a: Value | undefined, b: Value): Value {
  if (a === undefined) return b;
  return g.Add(a.rank === 3 ? g.Unsqueeze(a, g.i64([1])) : a, b);
}

const group = "Attention";
const x = ["N", 3, 4] as const;

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "attention",
    group,
    doc:
      "Multi-head attention: self or cross, multi-query and grouped-query, causal, sliding-window, masked, with rotary, " +
      "linear or learned relative positions, with talking heads, with normalised queries and keys.",
    formula: "y = Wₒ [softmax(q_h k_hᵀ/√D) v_h]_h",
    source: "Vaswani et al. 2017, arXiv:1706.03762",
    samples: [
      sample({ x }, x, (g, { x }) => attention(g, x, { heads: 2 })),
      sample({ x }, x, (g, { x }) =>
        attention(g, x, { heads: 2, kvHeads: 1, causal: true, positions: "rotary" }),
      ),
      sample({ x: ["N", 3, 8] }, ["N", 3, 8], (g, { x }) =>
        attention(g, x, {
          heads: 4,
          kvHeads: 2,
          window: 2,
          positions: "alibi",
          qkvBias: false,
          outBias: false,
        }),
      ),
      sample(
        {
          x,
          context: ["N", 5, 6],
          keys: { shape: ["N", 5], dtype: "bool", values: [1, 1, 1, 1, 1, 1, 1, 0, 0, 0] },
        },
        ["N", 3, 2],
        (g, { x, context, keys }) =>
          attention(g, x, { heads: 2, headWidth: 3, out: 2, context, keyMask: keys, dropout: 0.2 }),
      ),
      sample({ x }, x, (g, { x }) =>
        attention(g, x, { heads: 2, positions: { relative: 2 }, talkingHeads: true, qkNorm: true }),
      ),
    ],
  },
];
