import { type Dim, dim, type Issue, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import type { Arg, Cost, Sample } from "../define.js";
import { activationIssue } from "./recurrent-activations.js";

/** Attributes that RNN, GRU and LSTM share. */
export const RECURRENT_ATTRIBUTES = {
  activation_alpha: attr.floats(),
  activation_beta: attr.floats(),
  activations: attr.strings(),
  clip: attr.float(),
  direction: attr.string("forward"),
  hidden_size: attr.int(),
  layout: attr.int(0),
};
export type RecurrentAttributes = AttributeValues<typeof RECURRENT_ATTRIBUTES>;

/** The same, as a caller of the builder writes them. */
export interface RecurrentOptions {
  /** Parameters of the activations that take one, in the order of the activations. */
  activation_alpha?: readonly number[];
  activation_beta?: readonly number[];
  /** Names, those of each direction one after another. */
  activations?: readonly string[];
  /** Bound of what goes into the activations, on both sides. */
  clip?: number;
  direction?: "forward" | "reverse" | "bidirectional";
  hidden_size?: number;
  /** 0: x [length, batch, input]; 1: x [batch, length, input]. */
  layout?: 0 | 1;
}

/**
 * What a step computes with: rows [batch, size] in float64 for the reference, values of a graph for gradients. Each
 * cell's formulas are written once, over this.
 */
export interface Algebra<T> {
  readonly add: (a: T, b: T) => T;
  readonly mul: (a: T, b: T) => T;
  /** 1 − a. */
  readonly rest: (a: T) => T;
  /** a [batch, k] times the transpose of b [n, k]. */
  readonly times: (a: T, b: T) => T;
  /** Columns (of a weight: rows) of one gate. */
  readonly gate: (x: T, gate: number, count?: number) => T;
  readonly rows: (w: T, gate: number, count?: number) => T;
}

export interface CellWeights<T> {
  /** [gates * hidden, hidden]. */
  readonly r: T;
  /** Recurrent bias of the gates that a step adds itself, or nothing. */
  readonly bias: T | undefined;
  /** Peepholes, one [hidden] a gate. */
  readonly peepholes: readonly T[] | undefined;
}

export interface Cell {
  readonly type: string;
  readonly gates: number;
  /** Carried values: hidden state, and cell state where there is one. */
  readonly states: number;
  /** Activations of one direction where none are named. */
  readonly activations: readonly string[];
  /** Operations an element of the hidden state, products aside. */
  readonly flops: number;
  /** The new states from the input's share x [batch, gates * hidden] (biases within) and the old states. */
  readonly step: <T extends object>(
    m: Algebra<T>,
    x: T,
    states: readonly T[],
    weights: CellWeights<T>,
    activations: readonly ((v: T) => T)[],
  ) => T[];
  /** Whether the recurrent bias of a gate is added by the step rather than with the input's share. */
  readonly ownBias: (gate: number) => boolean;
}

export interface RecurrentInputs<T> {
  readonly x: T;
  readonly w: T;
  readonly r: T;
  readonly b: T | undefined;
  readonly lengths: T | undefined;
  readonly h0: T | undefined;
  readonly c0?: T | undefined;
  readonly p?: T | undefined;
}

/** Gradients of the outputs, as far as anything flows. */
export type RecurrentGrads = { readonly [K in "y" | "h" | "c"]?: Value | undefined };

export interface RecurrentSizes {
  readonly length: Dim;
  readonly batch: Dim;
  readonly input: Dim;
  readonly hidden: Dim;
  readonly directions: number;
}

export function directionsOf(attrs: RecurrentAttributes): number {
  return attrs.direction === "bidirectional" ? 2 : 1;
}

/** Whether the k-th direction runs from the last step to the first. */
export function isReverse(attrs: RecurrentAttributes, k: number): boolean {
  return attrs.direction === "reverse" || k === 1;
}

export function recurrentSizes(
  cell: Cell,
  it: RecurrentInputs<Arg>,
  attrs: RecurrentAttributes,
): RecurrentSizes | Issue {
  if (!["forward", "reverse", "bidirectional"].includes(attrs.direction)) {
    return issue("recurrent_direction", {
      expected: "forward, reverse or bidirectional",
      received: attrs.direction,
    });
  }
  const [first, second, input] = it.x.shape;
  const hidden = attrs.hidden_size ?? it.r.shape[2];
  if (first === undefined || second === undefined || input === undefined || hidden === undefined) {
    return issue("recurrent_rank", {
      expected: "x [length, batch, input] and r [directions, gates * hidden, hidden]",
      received: `${dim.format(it.x.shape)} and ${dim.format(it.r.shape)}`,
    });
  }
  const [length, batch] = attrs.layout === 1 ? [second, first] : [first, second];
  const directions = directionsOf(attrs);
  const rows = dim.mul(cell.gates, hidden);
  const state = attrs.layout === 1 ? [batch, directions, hidden] : [directions, batch, hidden];
  const wanted: readonly (readonly [string, Arg | undefined, readonly Dim[]])[] = [
    ["x", it.x, it.x.shape.slice(0, 3)],
    ["w", it.w, [directions, rows, input]],
    ["r", it.r, [directions, rows, hidden]],
    ["b", it.b, [directions, dim.mul(2, rows)]],
    ["lengths", it.lengths, [batch]],
    ["h0", it.h0, state],
    ["c0", it.c0, state],
    ["p", it.p, [directions, dim.mul(3, hidden)]],
  ];
  for (const [name, arg, shape] of wanted) {
    if (arg === undefined) continue;
    const off = arg.shape.length !== shape.length || shape.some((d, i) => dim.conflict(d, arg.shape[i] ?? 1));
    if (!off) continue;
    return issue("recurrent_shape", {
      expected: `${name} of shape ${dim.format(shape)}`,
      received: dim.format(arg.shape),
    });
  }
  const refused = activationIssue(
    attrs.activations ?? cell.activations,
    directions * cell.activations.length,
    attrs,
  );
  return refused ?? { length, batch, input, hidden, directions };
}

/** Types of the outputs: all states of all steps, then the last of each state. */
export function recurrentTypes(x: Arg, sizes: RecurrentSizes, { layout }: RecurrentAttributes) {
  const { length, batch, hidden, directions } = sizes;
  const { dtype } = x;
  const all = layout === 1 ? [batch, length, directions, hidden] : [length, directions, batch, hidden];
  const last = layout === 1 ? [batch, directions, hidden] : [directions, batch, hidden];
  return { y: { dtype, shape: all }, h: { dtype, shape: last }, c: { dtype, shape: last } };
}

export function recurrentCost(cell: Cell, it: RecurrentInputs<Arg>, attrs: RecurrentAttributes): Cost {
  const sizes = recurrentSizes(cell, it, attrs);
  if ("code" in sizes) return {};
  const steps = dim.mul(sizes.length, sizes.batch, sizes.directions, sizes.hidden);
  const macs = dim.mul(steps, cell.gates, dim.add(sizes.input, sizes.hidden));
  return { macs, flops: dim.add(dim.mul(2, macs), dim.mul(steps, cell.flops)) };
}

/** Samples that every recurrent operator shares: directions, lengths, clipping, layouts, activations. */
export function recurrentSamples(cell: Cell): Sample[] {
  const make = (
    directions: number,
    [length, batch]: readonly [number, number],
    more: Record<string, unknown> = {},
  ) => {
    const rows = cell.gates * 2;
    return {
      x: { dims: [length, batch, 3] },
      w: { dims: [directions, rows, 3], low: -0.8, high: 0.8 },
      r: { dims: [directions, rows, 2], low: -0.8, high: 0.8 },
      ...more,
    };
  };
  const bias = (directions: number) => ({ dims: [directions, 4 * cell.gates], low: -0.5, high: 0.5 });
  const state = (directions: number, batch: number) => ({ dims: [directions, batch, 2] });
  const lengths = { dims: [2], dtype: "int32" as const, values: [3, 2] };
  return [
    { inputs: make(1, [3, 2], { b: bias(1) }), attrs: { hidden_size: 2 }, outputs: 1 + cell.states },
    { inputs: make(1, [2, 1]), attrs: { hidden_size: 2, direction: "reverse" } },
    {
      inputs: make(2, [3, 2], { b: bias(2), lengths, h0: state(2, 2) }),
      attrs: { hidden_size: 2, direction: "bidirectional" },
      outputs: 1 + cell.states,
      grad: ["x", "h0"],
    },
    {
      inputs: make(1, [2, 2]),
      attrs: { hidden_size: 2, clip: 0.4 },
      grad: ["x"],
      noSecondDerivative: "clipped elements are flat: differences meet the corners",
    },
    {
      inputs: {
        ...make(1, [2, 3], { h0: { dims: [2, 1, 2] } }),
      },
      attrs: { hidden_size: 2, layout: 1 },
      outputs: 1 + cell.states,
      grad: ["x", "h0"],
      noRuntime: "its CPU kernels take layout 0 alone",
    },
    {
      inputs: make(1, [2, 1]),
      attrs: {
        hidden_size: 2,
        activations: ["HardSigmoid", "Softsign", "ScaledTanh"].slice(0, cell.activations.length),
        activation_alpha: [0.3, 1.2].slice(0, cell.activations.length),
        activation_beta: [0.4, 0.9].slice(0, cell.activations.length),
      },
      grad: ["x"],
    },
  ];
}

/** Whether each sequence still runs at each step, [length, batch, 1]. */
export function runningSteps(g: Builder, x: Value, lengths: Value): Value {
  const length = x.shape[0];
  const count =
    typeof length === "number"
      ? g.i64(Array.from({ length }, (_, t) => t))
      : g.Range(g.i64(0), g.Squeeze(g.Shape(x, { start: 0, end: 1 }), g.i64([0])), g.i64(1));
  const each = g.Unsqueeze(g.Cast(lengths, { to: 7 }), g.i64([0]));
  return g.Unsqueeze(g.Less(g.Unsqueeze(count, g.i64([1])), each), g.i64([2]));
}
