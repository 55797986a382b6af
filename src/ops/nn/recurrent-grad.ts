import { dim, fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import type { Walk } from "../define.js";
import {
  type Algebra,
  type Cell,
  type CellWeights,
  directionsOf,
  isReverse,
  type RecurrentAttributes,
  type RecurrentGrads,
  type RecurrentInputs,
  runningSteps,
} from "./recurrent.js";
import { activationsOf, type ChosenActivation } from "./recurrent-activations.js";

/**
 * Gradient of any recurrent operator (`recurrent-backward.ts` has the quick way for usual ones): its recurrence is written out again (one product for the shares of all inputs,
 * then a Scan), and that is differentiated, so that Scan's own rule runs it backwards.
 */
export function recurrentGrad(
  g: Builder,
  cell: Cell,
  it: RecurrentInputs<Value>,
  grads: RecurrentGrads,
  attrs: RecurrentAttributes,
  walk: Walk,
): Partial<Record<keyof RecurrentInputs<Value>, Value>> {
  const outputs = recurrence(g, cell, it, attrs);
  const seeds = [grads.y, grads.h, grads.c].flatMap((grad, i): [Value, Value][] => {
    const value = outputs[i];
    return grad === undefined || value === undefined ? [] : [[value, grad]];
  });
  const names = ["x", "w", "r", "b", "h0", "c0", "p"] as const;
  const present = names.flatMap((name) => (it[name] === undefined ? [] : [{ name, value: it[name] }]));
  const found = walk.pullback(
    g,
    seeds,
    present.map(({ value }) => value),
  );
  return Object.fromEntries(present.map(({ name }, i) => [name, found[i]]));
}

/** All states of all steps and the last ones, made of a product and a Scan for each direction. */
function recurrence(g: Builder, cell: Cell, it: RecurrentInputs<Value>, attrs: RecurrentAttributes): Value[] {
  const hidden = attrs.hidden_size ?? it.r.shape[2];
  if (typeof hidden !== "number") {
    return fail("recurrent_symbolic", { expected: "a static hidden size", received: dim.format(it.r.shape) });
  }
  const swapped = attrs.layout === 1;
  const swap = (v: Value) => (swapped ? g.Transpose(v, { perm: [1, 0, 2] }) : v);
  const x = swap(it.x);
  const directions = directionsOf(attrs);
  const chosen = activationsOf(cell.activations, directions, attrs);
  const runs = it.lengths && runningSteps(g, x, it.lengths);
  const starts = [it.h0, it.c0].slice(0, cell.states).map((s) => s && swap(s));
  const zeros = () => {
    const batch = g.Shape(x, { start: 1, end: 2 });
    const like = g.Expand(g.scalar(0, x.dtype), g.Concat([batch, g.i64([hidden])], { axis: 0 }));
    return typeof x.shape[1] === "number"
      ? g.Expand(g.scalar(0, x.dtype), g.i64([x.shape[1], hidden]))
      : like;
  };
  const each = Array.from({ length: directions }, (_, k) => {
    const part = (v: Value) => g.Squeeze(g.Slice(v, g.i64([k]), g.i64([k + 1]), g.i64([0])), g.i64([0]));
    const rows = cell.gates * hidden;
    const biases = it.b && part(it.b);
    const half = (from: number, to: number) =>
      biases && g.Slice(biases, g.i64([from]), g.i64([to]), g.i64([0]));
    const recurrent = half(rows, 2 * rows);
    const mine = Array.from({ length: cell.gates }, (_, gate) => cell.ownBias(gate));
    let share = g.MatMul(x, g.Transpose(part(it.w), { perm: [1, 0] }));
    const [input] = [half(0, rows)];
    if (input !== undefined && recurrent !== undefined) {
      const mask = mine.flatMap((own) => Array.from({ length: hidden }, () => (own ? 0 : 1)));
      const early = mine.includes(true) ? g.Mul(recurrent, vector(g, mask, x)) : recurrent;
      share = g.Add(share, g.Add(input, early));
    }
    const weights: CellWeights<Value> = {
      r: part(it.r),
      bias: mine.includes(true) && recurrent ? g.Unsqueeze(recurrent, g.i64([0])) : undefined,
      peepholes: it.p && peepholes(g, part(it.p), hidden),
    };
    const first = starts.map((s) => (s === undefined ? zeros() : part(s)));
    return oneDirection(g, cell, { share, first, weights, runs }, chosen[k] ?? [], hidden, {
      reverse: isReverse(attrs, k),
      clip: attrs.clip,
    });
  });
  const join = (list: readonly Value[], axis: number) =>
    g.Concat(
      list.map((v) => g.Unsqueeze(v, g.i64([axis]))),
      { axis },
    );
  const all = join(
    each.map(({ all }) => all),
    1,
  );
  const last = Array.from({ length: cell.states }, (_, s) =>
    swap(
      join(
        each.flatMap(({ last }) => last[s] ?? []),
        0,
      ),
    ),
  );
  return [swapped ? g.Transpose(all, { perm: [2, 0, 1, 3] }) : all, ...last];
}

function vector(g: Builder, values: readonly number[], like: Value): Value {
  const one = (v: number) => g.scalar(v, like.dtype);
  return g.Concat(
    values.map((v) => g.Unsqueeze(one(v), g.i64([0]))),
    { axis: 0 },
  );
}

function peepholes(g: Builder, p: Value, hidden: number): Value[] {
  return [0, 1, 2].map((i) => g.Slice(p, g.i64([i * hidden]), g.i64([(i + 1) * hidden]), g.i64([0])));
}

interface Direction {
  readonly share: Value;
  readonly first: readonly Value[];
  readonly weights: CellWeights<Value>;
  readonly runs: Value | undefined;
}

function oneDirection(
  g: Builder,
  cell: Cell,
  { share, first, weights, runs }: Direction,
  chosen: readonly ChosenActivation[],
  hidden: number,
  { reverse, clip }: { readonly reverse: boolean; readonly clip: number | undefined },
): { all: Value; last: Value[] } {
  const { dtype } = share;
  const scanned = runs === undefined ? [share] : [share, runs];
  const body = g.subgraph(
    "steps",
    [
      ...first.map((v, s) => ({ name: `state${s}`, dtype, shape: v.shape })),
      ...scanned.map((v, s) => ({ name: `step${s}`, dtype: v.dtype, shape: v.shape.slice(1) })),
    ],
    (b, ...values) => {
      const states = values.slice(0, cell.states);
      const [x, goes] = values.slice(cell.states);
      if (x === undefined) return [];
      const bound = (v: Value) =>
        clip === undefined ? v : b.Clip(v, b.scalar(-clip, v.dtype), b.scalar(clip, v.dtype));
      const activations = chosen.map(
        ({ build }) =>
          (v: Value) =>
            build(b, bound(v)),
      );
      const next = cell.step(arithmetic(b, hidden), x, states, weights, activations);
      if (goes === undefined) return [...next, ...next.slice(0, 1)];
      const kept = next.map((v, s) => b.Where(goes, v, states[s] ?? v));
      return [...kept, ...next.slice(0, 1).map((v) => b.Where(goes, v, b.scalar(0, dtype)))];
    },
  );
  const outputs = g.Scan([...first, ...scanned], {
    body,
    num_scan_inputs: scanned.length,
    ...(reverse ? { scan_input_directions: scanned.map(() => 1 as const), scan_output_directions: [1] } : {}),
  });
  const all = outputs[cell.states];
  return all === undefined
    ? fail("internal", { received: "a Scan without outputs" })
    : { all, last: outputs.slice(0, cell.states) };
}

function arithmetic(g: Builder, hidden: number): Algebra<Value> {
  const slice = (v: Value, gate: number, count: number, axis: number) =>
    g.Slice(v, g.i64([gate * hidden]), g.i64([(gate + count) * hidden]), g.i64([axis]));
  return {
    add: (a, b) => g.Add(a, b),
    mul: (a, b) => g.Mul(a, b),
    rest: (a) => g.Sub(g.scalar(1, a.dtype), a),
    times: (a, b) => g.MatMul(a, g.Transpose(b, { perm: [1, 0] })),
    gate: (x, gate, count = 1) => slice(x, gate, count, 1),
    rows: (w, gate, count = 1) => slice(w, gate, count, 0),
  };
}
