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

export interface LstmOptions extends RecurrentLayerOptions {
  /** First cell state of every layer and direction, [layers * directions, N, hidden]. Default 0. */
  readonly cell?: Value;
  /** Bias of the forget gate at the beginning. Default 1, so that a cell remembers (Jozefowicz et al. 2015). */
  readonly forgetBias?: number;
}

export interface LstmResult extends RecurrentResult {
  /** Last cell state of every layer and direction, [layers * directions, N, hidden]. */
  readonly cell: Value;
}

/**
 * Long short-term memory over x [N, T, C] (Hochreiter & Schmidhuber 1997, with forget gates: Gers et al. 2000). Gates
 * stand in ONNX's order: input, output, forget, cell.
 */
export function lstm(g: NetworkBuilder, x: Value, hidden: number, options: LstmOptions = {}): LstmResult {
  const { forgetBias = 1 } = options;
  const kind: RecurrentKind = {
    gates: 4,
    bias: (size) => init.given(gateBias(size, forgetBias)),
    operator: ({ x, w, r, b, lengths, first: [h0, c0], direction }) => {
      const outputs = g.op("LSTM", [x, w, r, b, lengths, h0, c0], { hidden_size: hidden, direction }, 3);
      return outputs as [Value, Value, Value];
    },
  };
  const { states, last } = recurrentStack(g, kind, x, hidden, options, [options.hidden, options.cell]);
  const [end, cell] = last as [Value, Value];
  return { states, hidden: end, cell };
}

/** One step: x [N, C] and states [N, hidden] to the next states. For bodies of loops that do more than a layer does. */
export function lstmCell(
  g: NetworkBuilder,
  x: Value,
  before: { readonly hidden: Value; readonly cell: Value },
  options: Pick<LstmOptions, "inputInit" | "recurrentInit" | "forgetBias"> = {},
): { readonly hidden: Value; readonly cell: Value } {
  const hidden = fixedDim(before.hidden, 1);
  const spread = init.uniform(1 / Math.sqrt(hidden));
  const w = g.param("input_weight", [4 * hidden, fixedDim(x, 1)], { init: options.inputInit ?? spread });
  const r = g.param("hidden_weight", [4 * hidden, hidden], { init: options.recurrentInit ?? spread });
  const start = gateBias(hidden, options.forgetBias ?? 1).subarray(0, 4 * hidden);
  const b = g.param("bias", [4 * hidden], { init: init.given(start), decay: false });
  const sums = g.Gemm(before.hidden, r, g.Gemm(x, w, b, { transB: 1 }), { transB: 1 });
  const gate = (i: number) => g.Slice(sums, g.i64([i * hidden]), g.i64([(i + 1) * hidden]), g.i64([1]));
  const kept = g.Mul(g.Sigmoid(gate(2)), before.cell);
  const cell = g.Add(kept, g.Mul(g.Sigmoid(gate(0)), g.Tanh(gate(3))));
  return { hidden: g.Mul(g.Sigmoid(gate(1)), g.Tanh(cell)), cell };
}

/** Biases of both halves (input's and state's), 0 but for the forget gate of the first half. */
function gateBias(hidden: number, forget: number): Float32Array {
  return new Float32Array(8 * hidden).fill(forget, 2 * hidden, 3 * hidden);
}

const group = "Recurrent";
const source = "Hochreiter & Schmidhuber 1997; Gers et al. 2000";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "lstm",
    group,
    doc: "Long short-term memory over a sequence: layers, directions, lengths, first and last states.",
    formula: "c' = f ⊙ c + i ⊙ tanh(z), h' = o ⊙ tanh(c')",
    source,
    samples: [
      sample(
        { x: ["N", 3, 2] },
        { states: ["N", 3, 4], hidden: [1, "N", 4], cell: [1, "N", 4] },
        (g, { x }) => ({
          ...lstm(g, x, 4),
        }),
      ),
      sample(
        {
          x: ["N", 3, 2],
          lengths: { shape: ["N"], dtype: "int32", values: [3, 1] },
          hidden: [4, "N", 3],
          cell: [4, "N", 3],
        },
        { states: ["N", 3, 6], hidden: [4, "N", 3], cell: [4, "N", 3] },
        (g, { x, ...more }) => ({
          ...lstm(g, x, 3, {
            layers: 2,
            direction: "bidirectional",
            recurrentInit: init.orthogonal(),
            ...more,
          }),
        }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "lstmCell",
    group,
    doc: "One step of long short-term memory, for loops that do more than the layer does.",
    source,
    samples: [
      sample(
        { x: ["N", 2], hidden: ["N", 3], cell: ["N", 3] },
        { hidden: ["N", 3], cell: ["N", 3] },
        (g, { x, hidden, cell }) => ({ ...lstmCell(g, x, { hidden, cell }) }),
      ),
    ],
  },
];
