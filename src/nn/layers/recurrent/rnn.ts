import type { Value } from "../../../ir/index.js";
import { type Definition, sample } from "../../define.js";
import { init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";
import {
  type RecurrentKind,
  type RecurrentLayerOptions,
  type RecurrentResult,
  recurrentStack,
} from "./stack.js";

export interface RnnOptions extends RecurrentLayerOptions {
  /** Default tanh. */
  readonly activation?: "tanh" | "relu";
}

/** Simple recurrence over x [N, T, C] (Elman 1990). */
export function rnn(g: NetworkBuilder, x: Value, hidden: number, options: RnnOptions = {}): RecurrentResult {
  const name = options.activation === "relu" ? "Relu" : "Tanh";
  const kind: RecurrentKind = {
    gates: 1,
    bias: () => init.zeros,
    operator: ({ x, w, r, b, lengths, first: [h0], direction }) => {
      const activations = direction === "bidirectional" ? [name, name] : [name];
      const attrs = { hidden_size: hidden, direction, activations };
      return g.op("RNN", [x, w, r, b, lengths, h0], attrs, 2) as [Value, Value];
    },
  };
  const { states, last } = recurrentStack(g, kind, x, hidden, options, [options.hidden]);
  const [end] = last as [Value];
  return { states, hidden: end };
}

/** One step: x [N, C] and state [N, hidden] to the next state. */
export function rnnCell(
  g: NetworkBuilder,
  x: Value,
  before: Value,
  options: Pick<RnnOptions, "inputInit" | "recurrentInit" | "activation"> = {},
): Value {
  const hidden = fixedDim(before, 1);
  const spread = init.uniform(1 / Math.sqrt(hidden));
  const w = g.param("input_weight", [hidden, fixedDim(x, 1)], { init: options.inputInit ?? spread });
  const r = g.param("hidden_weight", [hidden, hidden], { init: options.recurrentInit ?? spread });
  const b = g.param("bias", [hidden], { init: init.zeros, decay: false });
  const sum = g.Gemm(before, r, g.Gemm(x, w, b, { transB: 1 }), { transB: 1 });
  return options.activation === "relu" ? g.Relu(sum) : g.Tanh(sum);
}

const group = "Recurrent";
const source = "Elman 1990, Finding structure in time";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "rnn",
    group,
    doc: "Simple recurrence over a sequence: layers, directions, lengths, first and last state.",
    formula: "h' = tanh(W x + R h + b)",
    source,
    samples: [
      sample({ x: ["N", 3, 2] }, { states: ["N", 3, 4], hidden: [2, "N", 4] }, (g, { x }) => ({
        ...rnn(g, x, 4, { layers: 2, direction: "reverse" }),
      })),
      sample(
        { x: ["N", 3, 2], lengths: { shape: ["N"], dtype: "int32", values: [1, 2] } },
        { states: ["N", 3, 4], hidden: [1, "N", 4] },
        (g, { x, lengths }) => ({ ...rnn(g, x, 4, { bias: false, activation: "relu", lengths }) }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "rnnCell",
    group,
    doc: "One step of a simple recurrence.",
    source,
    samples: [sample({ x: ["N", 2], h: ["N", 3] }, ["N", 3], (g, { x, h }) => rnnCell(g, x, h))],
  },
];
