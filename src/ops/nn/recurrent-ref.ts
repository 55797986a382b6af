import { isIssue } from "../../base/index.js";
import { batchedProduct } from "../math/mat-mul.js";
import { mapPair, mapRef, type RefTensor, ref } from "../reference.js";
import {
  type Algebra,
  type Cell,
  type CellWeights,
  isReverse,
  type RecurrentAttributes,
  type RecurrentInputs,
  recurrentSizes,
} from "./recurrent.js";
import { activationsOf } from "./recurrent-activations.js";

/** Arithmetic on rows [batch, size]; a gate is `hidden` columns (of a weight: rows). */
function rowsOf(hidden: number): Algebra<RefTensor> {
  return {
    add: (a, b) => mapPair(a, b, (p, q) => p + q),
    mul: (a, b) => mapPair(a, b, (p, q) => p * q),
    rest: (a) => mapRef(a, (v) => 1 - v),
    times: (a, b) => batchedProduct(a, transposed(b)),
    gate(x, gate, count = 1) {
      const [batch = 1, columns = 1] = x.dims;
      const out = ref(x.dtype, [batch, count * hidden]);
      for (let i = 0; i < batch; i++) {
        const from = i * columns + gate * hidden;
        out.data.set(x.data.subarray(from, from + count * hidden), i * count * hidden);
      }
      return out;
    },
    rows(w, gate, count = 1) {
      const columns = w.dims[1] ?? 1;
      const from = gate * hidden * columns;
      return ref(w.dtype, [count * hidden, columns], w.data.slice(from, from + count * hidden * columns));
    },
  };
}

/** All states of all steps, and the last ones, in float64. */
export function recurrentRef(cell: Cell, given: RecurrentInputs<RefTensor>, attrs: RecurrentAttributes) {
  const arg = (t: RefTensor | undefined) => t && { dtype: t.dtype, shape: t.dims };
  const sizes = recurrentSizes(
    cell,
    {
      x: { dtype: given.x.dtype, shape: given.x.dims },
      w: { dtype: given.w.dtype, shape: given.w.dims },
      r: { dtype: given.r.dtype, shape: given.r.dims },
      b: arg(given.b),
      lengths: arg(given.lengths),
      h0: arg(given.h0),
      c0: arg(given.c0),
      p: arg(given.p),
    },
    attrs,
  );
  if (isIssue(sizes)) return undefined;
  const [length, batch, hidden] = [Number(sizes.length), Number(sizes.batch), Number(sizes.hidden)];
  const { directions } = sizes;
  const swapped = attrs.layout === 1;
  const x = swapped ? swapFirst(given.x) : given.x;
  const m = rowsOf(hidden);
  const { dtype } = x;
  const all = ref(dtype, [length, directions, batch, hidden]);
  const last = Array.from({ length: cell.states }, () => ref(dtype, [directions, batch, hidden]));
  const chosen = activationsOf(cell.activations, directions, attrs);
  const starts = [given.h0, given.c0].slice(0, cell.states).map((s) => (s && swapped ? swapFirst(s) : s));
  for (let k = 0; k < directions; k++) {
    const share = inputShare(cell, m, x, given, k, hidden);
    const weights = weightsOf(cell, m, given, k, hidden);
    const activations = (chosen[k] ?? []).map(
      ({ f }) =>
        (v: RefTensor) =>
          mapRef(v, (e) => f(clipped(e, attrs.clip))),
    );
    let states = starts.map((s) => (s === undefined ? ref(dtype, [batch, hidden]) : planeOf(s, k)));
    for (let step = 0; step < length; step++) {
      const t = isReverse(attrs, k) ? length - 1 - step : step;
      const next = cell.step(m, planeOf(share, t), states, weights, activations);
      // Sequences that have ended (or, backwards, not begun) keep their state and give zeros.
      const runs = (i: number) => t < (given.lengths?.data[Math.floor(i / hidden)] ?? length);
      states = states.map((old, s) =>
        ref(
          dtype,
          old.dims,
          old.data.map((v, i) => (runs(i) ? (next[s]?.data[i] ?? 0) : v)),
        ),
      );
      const row = states[0]?.data.map((v, i) => (runs(i) ? v : 0)) ?? [];
      all.data.set(row, (t * directions + k) * batch * hidden);
    }
    last.forEach((to, s) => {
      to.data.set(states[s]?.data ?? [], k * batch * hidden);
    });
  }
  const [h, c] = last.map((s) => (swapped ? swapFirst(s) : s));
  return { y: swapped ? batchFirst(all) : all, h, c };
}

/** x wᵀ and the biases that can be added beforehand, [length, batch, gates * hidden]. */
function inputShare(
  cell: Cell,
  m: Algebra<RefTensor>,
  x: RefTensor,
  { w, b }: RecurrentInputs<RefTensor>,
  k: number,
  hidden: number,
): RefTensor {
  const [length = 1, batch = 1, input = 1] = x.dims;
  const rows = cell.gates * hidden;
  const share = m.times(ref(x.dtype, [length * batch, input], x.data), planeOf(w, k));
  if (b !== undefined) {
    const own = b.data.subarray(k * 2 * rows, (k + 1) * 2 * rows);
    for (let i = 0; i < share.data.length; i++) {
      const column = i % rows;
      const recurrent = cell.ownBias(Math.floor(column / hidden)) ? 0 : (own[rows + column] ?? 0);
      share.data[i] = (share.data[i] ?? 0) + (own[column] ?? 0) + recurrent;
    }
  }
  return ref(x.dtype, [length, batch, rows], share.data);
}

function weightsOf(
  cell: Cell,
  m: Algebra<RefTensor>,
  { r, b, p }: RecurrentInputs<RefTensor>,
  k: number,
  hidden: number,
): CellWeights<RefTensor> {
  const rows = cell.gates * hidden;
  const bias = b && ref(b.dtype, [1, rows], b.data.slice(k * 2 * rows + rows, (k + 1) * 2 * rows));
  const peepholes = p && ref(p.dtype, [1, 3 * hidden], p.data.slice(k * 3 * hidden, (k + 1) * 3 * hidden));
  return { r: planeOf(r, k), bias, peepholes: peepholes && [0, 1, 2].map((i) => m.gate(peepholes, i)) };
}

function clipped(v: number, clip: number | undefined): number {
  return clip === undefined ? v : Math.max(-clip, Math.min(clip, v));
}

/** One place along the first axis. */
function planeOf(x: RefTensor, at: number): RefTensor {
  const [, ...dims] = x.dims;
  const size = dims.reduce((a, b) => a * b, 1);
  return ref(x.dtype, dims, x.data.slice(at * size, (at + 1) * size));
}

/** The first two axes exchanged. */
function swapFirst(x: RefTensor): RefTensor {
  const [a = 1, b = 1, ...rest] = x.dims;
  const size = rest.reduce((p, q) => p * q, 1);
  const out = ref(x.dtype, [b, a, ...rest]);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * size;
      out.data.set(x.data.subarray(from, from + size), (j * a + i) * size);
    }
  }
  return out;
}

/** [length, directions, batch, hidden] as [batch, length, directions, hidden]. */
function batchFirst(x: RefTensor): RefTensor {
  const [length = 1, directions = 1, batch = 1, hidden = 1] = x.dims;
  const out = swapFirst(ref(x.dtype, [length * directions, batch, hidden], x.data));
  return ref(x.dtype, [batch, length, directions, hidden], out.data);
}

function transposed(x: RefTensor): RefTensor {
  const [rows = 1, columns = 1] = x.dims;
  const out = ref(x.dtype, [columns, rows]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out.data[j * rows + i] = x.data[i * columns + j] ?? 0;
  }
  return out;
}
