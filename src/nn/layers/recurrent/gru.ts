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

export interface GruOptions extends RecurrentLayerOptions {
  /**
   * Where the reset gate multiplies: "after" the recurrent product (cuDNN's and PyTorch's form, default) or "before"
   * it (Cho et al. 2014).
   */
  readonly reset?: "after" | "before";
}

/** Gated recurrent unit over x [N, T, C] (Cho et al. 2014). Gates stand in ONNX's order: update, reset, hidden. */
export function gru(g: NetworkBuilder, x: Value, hidden: number, options: GruOptions = {}): RecurrentResult {
  const linear_before_reset = options.reset === "before" ? 0 : 1;
  const kind: RecurrentKind = {
    gates: 3,
    bias: () => init.zeros,
    operator: ({ x, w, r, b, lengths, first: [h0], direction }) => {
      const attrs = { hidden_size: hidden, direction, linear_before_reset };
      return g.op("GRU", [x, w, r, b, lengths, h0], attrs, 2) as [Value, Value];
    },
  };
  const { states, last } = recurrentStack(g, kind, x, hidden, options, [options.hidden]);
  const [end] = last as [Value];
  return { states, hidden: end };
}

/** One step: x [N, C] and state [N, hidden] to the next state. */
export function gruCell(
  g: NetworkBuilder,
  x: Value,
  before: Value,
  options: Pick<GruOptions, "inputInit" | "recurrentInit" | "reset"> = {},
): Value {
  const hidden = fixedDim(before, 1);
  const spread = init.uniform(1 / Math.sqrt(hidden));
  const w = g.param("input_weight", [3 * hidden, fixedDim(x, 1)], { init: options.inputInit ?? spread });
  const r = g.param("hidden_weight", [3 * hidden, hidden], { init: options.recurrentInit ?? spread });
  const b = g.param("bias", [6 * hidden], { init: init.zeros, decay: false });
  const part = (v: Value, from: number, to: number, axis: number) =>
    g.Slice(v, g.i64([from * hidden]), g.i64([to * hidden]), g.i64([axis]));
  const input = g.Gemm(x, w, part(b, 0, 3, 0), { transB: 1 });
  const gates = g.Sigmoid(
    g.Gemm(before, part(r, 0, 2, 0), g.Add(part(input, 0, 2, 1), part(b, 3, 5, 0)), { transB: 1 }),
  );
  const [update, reset] = [part(gates, 0, 1, 1), part(gates, 1, 2, 1)];
  const product = (v: Value) => g.Gemm(v, part(r, 2, 3, 0), part(b, 5, 6, 0), { transB: 1 });
  const recurrent =
    options.reset === "before" ? product(g.Mul(reset, before)) : g.Mul(reset, product(before));
  const fresh = g.Tanh(g.Add(part(input, 2, 3, 1), recurrent));
  return g.Add(fresh, g.Mul(update, g.Sub(before, fresh)));
}

const group = "Recurrent";
const source = "Cho et al. 2014, arXiv:1406.1078";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "gru",
    group,
    doc: "Gated recurrent unit over a sequence: layers, directions, lengths, first and last state.",
    formula: "h' = (1 − z) ⊙ tanh(W x + r ⊙ (R h)) + z ⊙ h",
    source,
    samples: [
      sample({ x: ["N", 3, 2] }, { states: ["N", 3, 4], hidden: [1, "N", 4] }, (g, { x }) => ({
        ...gru(g, x, 4),
      })),
      sample(
        { x: ["N", 3, 2], lengths: { shape: ["N"], dtype: "int32", values: [2, 3] }, hidden: [2, "N", 3] },
        { states: ["N", 3, 6], hidden: [2, "N", 3] },
        (g, { x, ...more }) => ({
          ...gru(g, x, 3, { direction: "bidirectional", reset: "before", ...more }),
        }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "gruCell",
    group,
    doc: "One step of a gated recurrent unit.",
    source,
    samples: [
      sample({ x: ["N", 2], h: ["N", 3] }, ["N", 3], (g, { x, h }) => gruCell(g, x, h)),
      sample({ x: ["N", 2], h: ["N", 3] }, ["N", 3], (g, { x, h }) => gruCell(g, x, h, { reset: "before" })),
    ],
  },
];
