import { tensor, type Value } from "../ir/index.js";
import {
  type AttentionOptions,
  attention,
  feedForward,
  fixedDim,
  globalTokenMean,
  layerNorm,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import type { Features } from "../train/index.js";
import { defineSpace } from "./define.js";
import {
  gruCell,
  highwayCell,
  lstmCell,
  NEURAL_GATES,
  type NeuralGate,
  neuralGate,
} from "./recurrent-parts.js";
import { seriesOf, seriesOnly } from "./series.js";

const HEADS = [1, 2, 4] as const;
/** Steps that attention looks back on, and of a transformer's segments. */
const WINDOWS = [4, 8, 16] as const;

const cell = s.oneOf({ lstm: s.object({}), gru: s.object({}), rhn: s.object({ depth: s.oneOf([1, 2, 3]) }) });
const schema = s.object({
  backbone: s.oneOf({
    rnn: s.object({
      cell: cell.describe("what carries the state"),
      attention: s.oneOf({
        off: s.object({}),
        on: s.object({ heads: s.oneOf(HEADS), window: s.oneOf(WINDOWS) }),
      }),
    }),
    transformer: s.object({
      norm: s.oneOf(["pre", "post"]).describe("where layers are normalised"),
      heads: s.oneOf(HEADS),
      window: s.oneOf(WINDOWS).describe("steps of a segment"),
      memory: s.boolean().describe("recurrence: keys and values of the segment before"),
    }),
  }),
  gate: s.oneOf(NEURAL_GATES).describe("how a block's result joins its input"),
  layers: s.oneOf([1, 2, 3]),
  hidden: s.oneOf([16, 32, 64, 128]),
});
export type RecurrentGenotype = Infer<typeof schema>;
type Rnn = Extract<RecurrentGenotype["backbone"], { op: "rnn" }>;
interface TransformerDecisions {
  readonly norm: "pre" | "post";
  readonly heads: number;
  readonly window: number;
  readonly memory: boolean;
}

/**
 * The ablation grid of recurrence, attention and gating (Heidenreich, Vlachas & Koumoutsakos 2024, arXiv:2410.02654): cells
 * LSTM, GRU and recurrent highway (depth 1 to 3), each with or without causal attention over its last hidden states; a
 * transformer, normalised before or after, with or without the memory of the segment before (the recurrence); all under
 * five gates, over layers and widths: 5,160 networks. Attention has learned relative positions.
 *
 * A recurrent block: h = cell(x), joined by attention(h) through the gate where it is on, then joined to x through the
 * gate. Departures: the paper forecasts the next state at every step, here the mean over steps is mapped to the outputs;
 * a segment memory passes gradients on; recurrent states carried between windows are left out.
 */
export const recurrent = defineSpace({
  name: "recurrent",
  aliases: ["rag"],
  version: 1,
  description: "Recurrent cells and transformers with attention, memory and gates taken apart",
  schema,
  recipe: {
    batchSize: 32,
    optimizer: "adamw",
    learningRate: 3e-3,
    weightDecay: 1e-3,
    labelSmoothing: 0,
    warmupEpochs: 0.5,
  },
  accepts: seriesOnly("recurrent"),
  steps: trunk,
  build(g, features, genotype, outputs) {
    const h = trunk(g, features, genotype);
    return g.scope("output", () => linear(g, globalTokenMean(g, h), outputs));
  },
});

/** All but the last layer: [N, T, hidden], each step from the steps up to it. */
function trunk(g: NetworkBuilder, features: Features, genotype: RecurrentGenotype): Value {
  const { backbone, gate, layers, hidden } = genotype;
  let h = g.scope("embedding", () => linear(g, seriesOf(g, features), hidden));
  for (let i = 1; i <= layers; i++) {
    h = g.scope(`layer${i}`, () =>
      backbone.op === "rnn" ? recurrentBlock(g, h, backbone, gate) : transformerBlock(g, h, backbone, gate),
    );
  }
  return backbone.op === "transformer" && backbone.norm === "pre"
    ? g.scope("final_norm", () => layerNorm(g, h))
    : h;
}

/** Recurrence over x [N, T, C], attention over what it left, and the gates. */
export function recurrentBlock(
  g: NetworkBuilder,
  x: Value,
  { cell, attention: attending }: Pick<Rnn, "cell" | "attention">,
  gate: NeuralGate,
): Value {
  const width = fixedDim(x, -1);
  const h = g.scope(cell.op, () => {
    if (cell.op === "lstm") return lstmCell(g, x, width);
    return cell.op === "gru" ? gruCell(g, x, width) : highwayCell(g, x, width, cell.depth);
  });
  if (attending.op === "off") return neuralGate(g, gate, x, h);
  const joined = g.scope("attention", () => {
    const { heads, window } = attending;
    const options: AttentionOptions = { heads, window, causal: true, positions: { relative: window } };
    return neuralGate(g, gate, h, attention(g, h, options));
  });
  return neuralGate(g, gate, x, joined);
}

/** Attention and feed-forward part over x [N, T, C], each joined to its input by the gate. */
export function transformerBlock(
  g: NetworkBuilder,
  x: Value,
  it: TransformerDecisions,
  gate: NeuralGate,
): Value {
  const { heads, window, memory, norm } = it;
  const reach = memory ? 2 * window : window;
  const mask = segmentMask(g, fixedDim(x, 1), window, memory);
  const branch = (name: string, from: Value, body: (y: Value) => Value) =>
    g.scope(name, () => {
      const normed = (y: Value) => g.scope("norm", () => layerNorm(g, y));
      const made = body(norm === "pre" ? normed(from) : from);
      const joined = neuralGate(g, gate, from, made);
      return norm === "post" ? normed(joined) : joined;
    });
  const y = branch("attention", x, (h) => attention(g, h, { heads, mask, positions: { relative: reach } }));
  return branch("mlp", y, (h) => feedForward(g, h, {}));
}

/** Boolean [T, T]: keys that are not later, and of the query's segment or, with a memory, of the one before. */
function segmentMask(g: NetworkBuilder, steps: number, window: number, memory: boolean): Value {
  const segment = (t: number) => Math.floor(t / window);
  const seen = Array.from({ length: steps * steps }, (_, i) => {
    const [query, key] = [Math.floor(i / steps), i % steps];
    return key <= query && segment(query) - segment(key) <= (memory ? 1 : 0) ? 1 : 0;
  });
  return g.constant(tensor("bool", [steps, steps], seen), "segments");
}
