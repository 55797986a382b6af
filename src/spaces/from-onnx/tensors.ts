/** What edits do to the weights of a file. */
import { type Rng, rngOf } from "../../base/index.js";
import { numbersOf, sizeOf, type Tensor } from "../../ir/index.js";

export function floatTensor(dims: readonly number[], data: Float32Array): Tensor {
  return { dtype: "float32", dims, data };
}

/** Where the channels of a resized axis come from, and how much of the original each copy carries on. */
export interface Resizing {
  readonly from: readonly number[];
  readonly shares: readonly number[];
}

/**
 * Net2WiderNet (Chen et al. 2016, arXiv:1511.05641): all channels, and copies of some drawn at random. The copies of a channel share
 * what it passes on. Departure: in unequal parts, so that copies get different gradients and part company.
 */
export function widened(channels: number, wanted: number, rng: Rng): Resizing {
  const from = Array.from({ length: wanted }, (_, i) => (i < channels ? i : rng.int(channels)));
  const parts = from.map(() => 0.5 + rng.float());
  const sums = new Array<number>(channels).fill(0);
  from.forEach((c, i) => {
    sums[c] = (sums[c] ?? 0) + (parts[i] ?? 0);
  });
  return { from, shares: from.map((c, i) => (parts[i] ?? 0) / (sums[c] ?? 1)) };
}

/** The channels with the largest weights, in their order. */
export function narrowed(importance: readonly number[], wanted: number): Resizing {
  const order = importance
    .map((_, i) => i)
    .sort((a, b) => (importance[b] ?? 0) - (importance[a] ?? 0) || a - b);
  const from = order.slice(0, wanted).sort((a, b) => a - b);
  return { from, shares: from.map(() => 1) };
}

/** An axis made of channels of `block` numbers each, resized; with `scale`, what each channel passes on is scaled. */
export function resizedAxis(t: Tensor, axis: number, block: number, by: Resizing, scale: boolean): Tensor {
  const old = numbersOf(t);
  const inner = sizeOf(t.dims.slice(axis + 1)) * block;
  const outer = sizeOf(t.dims.slice(0, axis));
  const whole = (t.dims[axis] ?? 1) / block;
  const out = new Float32Array(outer * by.from.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    by.from.forEach((c, i) => {
      const share = scale ? (by.shares[i] ?? 1) : 1;
      for (let k = 0; k < inner; k++) out[at++] = (old[(o * whole + c) * inner + k] ?? 0) * share;
    });
  }
  return floatTensor(t.dims.with(axis, by.from.length * block), out);
}

/** Kernels [O, I, ...] with `by` more places at each end of every spatial axis (fewer where negative). */
export function resizedKernel(t: Tensor, by: number): Tensor {
  const dims = [...t.dims.slice(0, 2), ...t.dims.slice(2).map((k) => k + 2 * by)];
  const old = numbersOf(t);
  const out = new Float32Array(sizeOf(dims));
  const place = dims.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    let inside = true;
    place.forEach((p, axis) => {
      const q = axis < 2 ? p : p - by;
      const size = t.dims[axis] ?? 1;
      inside &&= q >= 0 && q < size;
      from = from * size + q;
    });
    if (inside) out[i] = old[from] ?? 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      place[axis] = (place[axis] ?? 0) + 1;
      if ((place[axis] ?? 0) < (dims[axis] ?? 1)) break;
      place[axis] = 0;
    }
  }
  return floatTensor(dims, out);
}

/**
 * A dense kernel [O, I, ...] as a depthwise one [I, 1, ...] and a pointwise one [O, I, 1, ...]: of each input channel the
 * best product of one filter with one weight an output (the first singular pair, by power iteration).
 */
export function separated(t: Tensor): { readonly depthwise: Tensor; readonly pointwise: Tensor } {
  const [outputs = 1, inputs = 1, ...spatial] = t.dims;
  const size = sizeOf(spatial);
  const w = numbersOf(t);
  const depthwise = new Float32Array(inputs * size);
  const pointwise = new Float32Array(outputs * inputs);
  for (let i = 0; i < inputs; i++) {
    const at = (o: number, k: number) => w[(o * inputs + i) * size + k] ?? 0;
    const gram = Array.from({ length: size }, (_, a) =>
      Array.from({ length: size }, (_, b) => {
        let sum = 0;
        for (let o = 0; o < outputs; o++) sum += at(o, a) * at(o, b);
        return sum;
      }),
    );
    let v = gram.map((row, k) => (row[k] ?? 0) + 1e-12);
    for (let step = 0; step < 30; step++) {
      const next = gram.map((row) => row.reduce((sum, x, k) => sum + x * (v[k] ?? 0), 0));
      const norm = Math.hypot(...next);
      if (norm === 0) break;
      v = next.map((x) => x / norm);
    }
    const length = Math.hypot(...v);
    for (let k = 0; k < size; k++) depthwise[i * size + k] = (v[k] ?? 0) / length;
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += at(o, k) * (depthwise[i * size + k] ?? 0);
      pointwise[o * inputs + i] = sum;
    }
  }
  const ones = spatial.map(() => 1);
  return {
    depthwise: floatTensor([inputs, 1, ...spatial], depthwise),
    pointwise: floatTensor([outputs, inputs, ...ones], pointwise),
  };
}

/**
 * A matrix [m, n] as a product of [m, rank] and [rank, n]: the rows projected on the space that the matrix makes of random
 * vectors, after two rounds of subspace iteration.
 */
export function lowRank(w: Float32Array, m: number, n: number, rank: number, seed: string) {
  const rng = rngOf(0, "low-rank", seed);
  let basis = Float64Array.from({ length: rank * n }, () => rng.normal());
  for (let round = 0; round < 3; round++) {
    orthonormalise(basis, rank, n);
    // basis ← (basis · Wᵀ) · W, row by row.
    const next = new Float64Array(rank * n);
    for (let r = 0; r < rank; r++) {
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += (basis[r * n + j] ?? 0) * (w[i * n + j] ?? 0);
        for (let j = 0; j < n; j++) next[r * n + j] = (next[r * n + j] ?? 0) + sum * (w[i * n + j] ?? 0);
      }
    }
    basis = next;
  }
  orthonormalise(basis, rank, n);
  const left = new Float32Array(m * rank);
  for (let i = 0; i < m; i++) {
    for (let r = 0; r < rank; r++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (w[i * n + j] ?? 0) * (basis[r * n + j] ?? 0);
      left[i * rank + r] = sum;
    }
  }
  return { left, right: Float32Array.from(basis) };
}

/** Rows made orthonormal in place (Gram and Schmidt, twice); a row that vanishes becomes zero. */
function orthonormalise(rows: Float64Array, count: number, n: number): void {
  for (let r = 0; r < count; r++) {
    const row = rows.subarray(r * n, (r + 1) * n);
    for (let pass = 0; pass < 2; pass++) {
      for (let q = 0; q < r; q++) {
        let dot = 0;
        for (let j = 0; j < n; j++) dot += (row[j] ?? 0) * (rows[q * n + j] ?? 0);
        for (let j = 0; j < n; j++) row[j] = (row[j] ?? 0) - dot * (rows[q * n + j] ?? 0);
      }
    }
    let norm = 0;
    for (const x of row) norm += x * x;
    norm = Math.sqrt(norm);
    for (let j = 0; j < n; j++) row[j] = norm > 1e-12 ? (row[j] ?? 0) / norm : 0;
  }
}
