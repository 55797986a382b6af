import { dim, fail } from "../../../base/index.js";
import type { Value } from "../../../ir/index.js";
import { type Initializer, init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";
import { dropout } from "../dropout.js";

export type RecurrentDirection = "forward" | "reverse" | "bidirectional";

export interface RecurrentLayerOptions {
  /** Layers one above the other; each reads the states of the one below. Default 1. */
  readonly layers?: number;
  /** Default forward. With both directions the states of a step stand side by side. */
  readonly direction?: RecurrentDirection;
  /** Number of real steps of each sequence, int32 [N]: states of padding are 0, and the last state is the last real one. */
  readonly lengths?: Value;
  /** First hidden state of every layer and direction, [layers * directions, N, hidden]. Default 0. */
  readonly hidden?: Value;
  /** Rate of dropout between layers (not after the last). Default 0. */
  readonly dropout?: number;
  /** Whether there are biases. Default true. */
  readonly bias?: boolean;
  /** Default ±1/√hidden, uniform. */
  readonly inputInit?: Initializer;
  /** Default ±1/√hidden, uniform; `init.orthogonal()` is a usual choice (Saxe et al. 2014). */
  readonly recurrentInit?: Initializer;
}

export interface RecurrentResult {
  /** Hidden states of the last layer for all steps, [N, T, directions * hidden]. */
  readonly states: Value;
  /** Last hidden state of every layer and direction, [layers * directions, N, hidden]. */
  readonly hidden: Value;
}

/** What a kind of recurrence adds to the common stack. */
export interface RecurrentKind {
  readonly gates: number;
  readonly bias: (hidden: number) => Initializer;
  /** The operator over x [T, N, ·]: all hidden states [T, directions, N, hidden] and last states [directions, N, hidden]. */
  readonly operator: (it: OperatorInputs) => readonly [all: Value, ...last: Value[]];
}

export interface OperatorInputs {
  readonly x: Value;
  readonly w: Value;
  readonly r: Value;
  readonly b: Value | undefined;
  readonly lengths: Value | undefined;
  /** First states of this layer, [directions, N, hidden] each. */
  readonly first: readonly (Value | undefined)[];
  readonly direction: RecurrentDirection;
}

/**
 * Layers of a recurrence over x [N, T, C], as operators of ONNX: what is trained is what is exported.
 * @param first first states of all layers, hidden states and (for LSTM) cell states
 */
export function recurrentStack(
  g: NetworkBuilder,
  kind: RecurrentKind,
  x: Value,
  hidden: number,
  options: RecurrentLayerOptions,
  first: readonly (Value | undefined)[],
): { readonly states: Value; readonly last: readonly Value[] } {
  if (x.rank !== 3 || !(hidden >= 1 && Number.isInteger(hidden))) {
    fail("recurrent_input", {
      path: g.path,
      expected: "x [N, T, C] and a whole number of hidden units",
      received: `${dim.format(x.shape)} and ${hidden}`,
    });
  }
  const { layers = 1, direction = "forward", lengths, bias = true } = options;
  if (!(layers >= 1 && Number.isInteger(layers))) {
    fail("recurrent_layers", { path: g.path, expected: "one layer or more", received: `${layers}` });
  }
  const directions = direction === "bidirectional" ? 2 : 1;
  const spread = init.uniform(1 / Math.sqrt(hidden));
  const last: Value[][] = [];
  let h = g.Transpose(x, { perm: [1, 0, 2] });
  let states = x;
  for (let layer = 0; layer < layers; layer++) {
    const features = fixedDim(h, 2);
    const one = (name: string, shape: readonly number[], init: Initializer, decay = true) => {
      const each = Array.from({ length: directions }, (_, k) =>
        g.Unsqueeze(g.param(named(name, layer, k), shape, { init, decay }), g.i64([0])),
      );
      const [only] = each;
      return only !== undefined && each.length === 1 ? only : g.Concat(each, { axis: 0 });
    };
    const rows = kind.gates * hidden;
    const from = layer * directions;
    const [all, ...ends] = kind.operator({
      x: h,
      w: one("input_weight", [rows, features], options.inputInit ?? spread),
      r: one("hidden_weight", [rows, hidden], options.recurrentInit ?? spread),
      b: bias ? one("bias", [2 * rows], kind.bias(hidden), false) : undefined,
      lengths,
      first: first.map((s) =>
        s === undefined || layers === 1
          ? s
          : g.Slice(s, g.i64([from]), g.i64([from + directions]), g.i64([0])),
      ),
      direction,
    });
    last.push(ends);
    const joined = (perm: readonly number[]) =>
      g.Reshape(
        directions === 1 ? g.Squeeze(all, g.i64([1])) : g.Transpose(all, { perm }),
        g.i64([0, 0, directions * hidden]),
      );
    if (layer < layers - 1) {
      h = joined([0, 2, 1, 3]);
      if (options.dropout) h = dropout(g, h, options.dropout);
    } else {
      states =
        directions === 1
          ? g.Transpose(g.Squeeze(all, g.i64([1])), { perm: [1, 0, 2] })
          : joined([2, 0, 1, 3]);
    }
  }
  const across = last[0]?.map((_, s) => {
    const each = last.flatMap((ends) => ends[s] ?? []);
    const [only] = each;
    return only !== undefined && each.length === 1 ? only : g.Concat(each, { axis: 0 });
  });
  return { states, last: across ?? [] };
}

/** Names of a layer's parameters; those of the first layer and the forward direction are plain. */
function named(name: string, layer: number, direction: number): string {
  return `${name}${layer === 0 ? "" : `_${layer}`}${direction === 0 ? "" : "_reverse"}`;
}
