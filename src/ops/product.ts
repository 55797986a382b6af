/** A matrix within a larger array, row-major: where it starts, and how far apart its rows are. */
export interface Block {
  readonly data: Float64Array;
  readonly at: number;
  readonly step: number;
}

/**
 * c [m, n] += a [m, k] times b [k, n], in float64. Two rows of c and four of b at a time: what the interpreter spends
 * its time with. Everything is in order of k, so the result does not depend on how a caller cuts m and n.
 */
export function multiplyInto(c: Block, a: Block, b: Block, m: number, k: number, n: number): void {
  let i = 0;
  for (; i + 1 < m; i += 2) twoRows(c, a, b, i, k, n);
  if (i < m) oneRow(c, a, b, i, k, n);
}

function twoRows(c: Block, a: Block, b: Block, i: number, k: number, n: number): void {
  const { data: out } = c;
  const { data: left } = a;
  const { data: right } = b;
  const [c0, c1] = [c.at + i * c.step, c.at + (i + 1) * c.step];
  const [a0, a1] = [a.at + i * a.step, a.at + (i + 1) * a.step];
  let p = 0;
  for (; p + 3 < k; p += 4) {
    const x0 = left[a0 + p] as number;
    const x1 = left[a0 + p + 1] as number;
    const x2 = left[a0 + p + 2] as number;
    const x3 = left[a0 + p + 3] as number;
    const y0 = left[a1 + p] as number;
    const y1 = left[a1 + p + 1] as number;
    const y2 = left[a1 + p + 2] as number;
    const y3 = left[a1 + p + 3] as number;
    const b0 = b.at + p * b.step;
    const b1 = b0 + b.step;
    const b2 = b1 + b.step;
    const b3 = b2 + b.step;
    for (let j = 0; j < n; j++) {
      const u = right[b0 + j] as number;
      const v = right[b1 + j] as number;
      const w = right[b2 + j] as number;
      const z = right[b3 + j] as number;
      out[c0 + j] = (out[c0 + j] as number) + x0 * u + x1 * v + x2 * w + x3 * z;
      out[c1 + j] = (out[c1 + j] as number) + y0 * u + y1 * v + y2 * w + y3 * z;
    }
  }
  for (; p < k; p++) {
    const x = left[a0 + p] as number;
    const y = left[a1 + p] as number;
    const from = b.at + p * b.step;
    for (let j = 0; j < n; j++) {
      const u = right[from + j] as number;
      out[c0 + j] = (out[c0 + j] as number) + x * u;
      out[c1 + j] = (out[c1 + j] as number) + y * u;
    }
  }
}

function oneRow(c: Block, a: Block, b: Block, i: number, k: number, n: number): void {
  const { data: out } = c;
  const { data: left } = a;
  const { data: right } = b;
  const to = c.at + i * c.step;
  const row = a.at + i * a.step;
  for (let p = 0; p < k; p++) {
    const x = left[row + p] as number;
    const from = b.at + p * b.step;
    for (let j = 0; j < n; j++) out[to + j] = (out[to + j] as number) + x * (right[from + j] as number);
  }
}

/** c [m, n] += a [m, k] times the transpose of b [n, k]: dot products of rows, so that b is read as it lies. */
export function multiplyRowsInto(c: Block, a: Block, b: Block, m: number, k: number, n: number): void {
  const { data: out } = c;
  const { data: left } = a;
  const { data: right } = b;
  for (let i = 0; i < m; i++) {
    const row = a.at + i * a.step;
    for (let j = 0; j < n; j++) {
      const other = b.at + j * b.step;
      let sum = 0;
      for (let p = 0; p < k; p++) sum += (left[row + p] as number) * (right[other + p] as number);
      out[c.at + i * c.step + j] = (out[c.at + i * c.step + j] as number) + sum;
    }
  }
}
