import { tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import {
  directionsOf,
  isReverse,
  type RecurrentAttributes,
  type RecurrentGrads,
  type RecurrentInputs,
  runningSteps,
} from "./recurrent.js";
import { type Chain, chainOverTime } from "./recurrent-chain.js";

/**
 * One direction of a recurrence whose states are known: everything of all steps at once, folded into rows
 * [length * batch, ·]. A cell writes its gradient over this.
 */
export interface KnownStates {
  readonly g: Builder;
  readonly hidden: number;
  /** [rows, input]. */
  readonly x: Value;
  /** [gates * hidden, input] and [gates * hidden, hidden]. */
  readonly w: Value;
  readonly r: Value;
  /** [gates * hidden] each, or nothing. */
  readonly inputBias: Value | undefined;
  readonly recurrentBias: Value | undefined;
  /** The hidden states, and those before each step, [rows, hidden]. */
  readonly states: Value;
  readonly before: Value;
  /** The first cell state, [batch, hidden]. */
  readonly firstCell: Value;
  /** Gradient of the hidden states [rows, hidden] (nothing: 0), of the last one and of the last cell state. */
  readonly dStates: Value | undefined;
  readonly dLast: Value;
  readonly dLastCell: Value;
  /** Steps in the direction's own order, or against it. */
  readonly along: Chain;
  readonly against: Chain;
  /** What precedes rows of states in time, with `first` before them all. */
  readonly shifted: (rows: Value, first: Value) => Value;
}

/** Gradients that a cell gives. */
export interface CellGradient {
  /** Of what the input gives to the gates, and of what the state gives, with biases in both: [rows, gates * hidden]. */
  readonly dInput: Value;
  readonly dRecurrent: Value;
  /** Of the recurrent weights; default: the product of `dRecurrent` and the states before. */
  readonly dR?: Value;
  readonly dH0: Value;
  readonly dC0?: Value;
}

/** How a cell with its usual activations is differentiated; undefined for activations that it has no formula for. */
export type CellBackward = (
  activations: readonly string[],
) => ((it: KnownStates) => CellGradient) | undefined;

/**
 * Gradient of a recurrent operator from its own states: the gates of all steps are had by two products, since all
 * states are known; the way back through time is one small product and a few elementwise operators a step; weights
 * get their gradients by one product over all steps. Undefined where the general way must be taken: other
 * activations, clipping, peepholes, coupled gates, or states that were not asked for.
 */
export function knownStatesGrad(
  g: Builder,
  backward: CellBackward,
  usual: readonly string[],
  it: RecurrentInputs<Value>,
  y: Value | undefined,
  grads: RecurrentGrads,
  attrs: RecurrentAttributes & { readonly input_forget?: number },
): Partial<Record<keyof RecurrentInputs<Value>, Value>> | undefined {
  const hidden = attrs.hidden_size ?? it.r.shape[2];
  if (y === undefined || typeof hidden !== "number") return undefined;
  if (attrs.clip !== undefined || it.p !== undefined || attrs.input_forget === 1) return undefined;
  const directions = directionsOf(attrs);
  const rules = Array.from({ length: directions }, (_, k) =>
    backward(attrs.activations?.slice(k * usual.length, (k + 1) * usual.length) ?? usual),
  );

  const flat = (v: Value, size: number | undefined) => g.Reshape(v, g.i64([-1, size ?? -1]));
  const swapped = attrs.layout === 1;
  const swap = <V extends Value | undefined>(v: V) =>
    v && swapped ? g.Transpose(v, { perm: [1, 0, 2] }) : v;
  const x = swap(it.x);
  const states = swapped ? g.Transpose(y, { perm: [1, 2, 0, 3] }) : y;
  const dY = grads.y && swapped ? g.Transpose(grads.y, { perm: [1, 2, 0, 3] }) : grads.y;
  const [length, batch, input] = x.shape;
  if (typeof input !== "number") return undefined;
  const size = g.Shape(x, { start: 0, end: 2 });
  const batchSize = typeof batch === "number" ? g.i64([batch]) : g.Shape(x, { start: 1, end: 2 });
  const zeros = g.Expand(g.scalar(0, x.dtype), g.Concat([batchSize, g.i64([hidden])], { axis: 0 }));
  const pick = (v: Value, k: number, axis = 0) =>
    g.Squeeze(g.Slice(v, g.i64([k]), g.i64([k + 1]), g.i64([axis])), g.i64([axis]));
  const state = (v: Value | undefined, k: number) => (v === undefined ? zeros : pick(v, k));
  const [h0, c0, dH, dC] = [swap(it.h0), swap(it.c0), swap(grads.h), swap(grads.c)];
  const rowsOfX = flat(x, input);
  const runs = it.lengths && runningSteps(g, x, it.lengths);

  const each = rules.map((rule, k) => {
    if (rule === undefined) return undefined;
    const rows = (it.r.shape[1] ?? 0) as number;
    const biases = it.b && pick(it.b, k);
    const half = (from: number) => biases && g.Slice(biases, g.i64([from]), g.i64([from + rows]), g.i64([0]));
    const reverse = isReverse(attrs, k);
    const chain = (flip: boolean) =>
      chainOverTime(g, { length, size, reverse: reverse !== flip, runs: runs && flat(runs, 1) });
    const firstState = state(h0, k);
    const shifted = (v: Value, first: Value) => {
      const all = g.Reshape(v, g.Concat([size, g.i64([hidden])], { axis: 0 }));
      const lead = g.Unsqueeze(first, g.i64([0]));
      const moved = reverse
        ? g.Concat([cut(g, all, 1, undefined), lead], { axis: 0 })
        : g.Concat([lead, cut(g, all, 0, -1)], { axis: 0 });
      if (runs === undefined || !reverse) return flat(moved, hidden);
      // Where the next step is beyond the end, this is the first one of the way back.
      const none = g.Expand(
        g.constant(tensor("bool", [1], [0])),
        g.Concat([g.i64([1]), batchSize, g.i64([1])], { axis: 0 }),
      );
      return flat(g.Where(g.Concat([cut(g, runs, 1, undefined), none], { axis: 0 }), moved, lead), hidden);
    };
    const own = flat(pick(states, k, 1), hidden);
    const dStates = dY && flat(pick(dY, k, 1), hidden);
    const known: KnownStates = {
      ...{ g, hidden, x: rowsOfX, w: pick(it.w, k), r: pick(it.r, k) },
      ...{ inputBias: half(0), recurrentBias: half(rows) },
      states: own,
      before: shifted(own, firstState),
      firstCell: state(c0, k),
      dStates: dStates && runs ? g.Where(flat(runs, 1), dStates, g.scalar(0, x.dtype)) : dStates,
      dLast: state(dH, k),
      dLastCell: state(dC, k),
      along: chain(false),
      against: chain(true),
      shifted,
    };
    return { known, found: rule(known) };
  });
  const done = each.flatMap((one) => one ?? []);
  if (done.length < directions) return undefined;

  const join = (list: readonly Value[]) =>
    g.Concat(
      list.map((v) => g.Unsqueeze(v, g.i64([0]))),
      { axis: 0 },
    );
  const dRows = done.map(({ known, found }) => g.MatMul(found.dInput, known.w)).reduce((a, b) => g.Add(a, b));
  const dX = g.Reshape(dRows, g.Concat([size, g.i64([input])], { axis: 0 }));
  const sum = (v: Value) => g.ReduceSum(v, g.i64([0]), { keepdims: 0 });
  const dCells = done.flatMap(({ found }) => found.dC0 ?? []);
  return {
    x: swap(dX),
    w: join(done.map(({ found }) => g.Gemm(found.dInput, rowsOfX, undefined, { transA: 1 }))),
    r: join(
      done.map(
        ({ known, found }) => found.dR ?? g.Gemm(found.dRecurrent, known.before, undefined, { transA: 1 }),
      ),
    ),
    ...(it.b && {
      b: join(
        done.map(({ found }) => {
          const ofInput = sum(found.dInput);
          const shared = found.dInput === found.dRecurrent;
          return g.Concat([ofInput, shared ? ofInput : sum(found.dRecurrent)], { axis: 0 });
        }),
      ),
    }),
    ...(it.h0 && { h0: swap(join(done.map(({ found }) => found.dH0))) }),
    ...(it.c0 && dCells.length === directions && { c0: swap(join(dCells)) }),
  };
}

function cut(g: Builder, v: Value, start: number, end: number | undefined): Value {
  return g.Slice(v, g.i64([start]), g.i64([end ?? Number.MAX_SAFE_INTEGER]), g.i64([0]));
}

/** What goes into the gates of all steps, biases included, [rows, gates * hidden]. */
export function gatesOf({ g, x, w, r, inputBias, recurrentBias, before }: KnownStates): Value {
  const bias = inputBias && recurrentBias && g.Add(inputBias, recurrentBias);
  return g.Gemm(before, r, g.Gemm(x, w, bias, { transB: 1 }), { transB: 1 });
}

/** Columns of one gate after another. */
export function columns<const L extends readonly number[]>(
  g: Builder,
  v: Value,
  widths: L,
): { readonly [K in keyof L]: Value } {
  const parts: readonly Value[] = g.Split(v, g.i64(widths), { axis: 1 });
  return parts as { readonly [K in keyof L]: Value };
}

/** Operator names of activations may be written in any case. */
export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name.toLowerCase() === b[i]?.toLowerCase());
}
