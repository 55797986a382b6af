/** Initial weights that are drawn as matrices: orthogonal, identity, sparse. */
import { fail, type Rng } from "../../base/index.js";
import { sizeOf } from "../../ir/index.js";

/** gain times a random matrix [shape[0], the rest], its rows or columns orthonormal, whichever are fewer. */
export function orthogonal(shape: readonly number[], gain: number, rng: Rng): Float64Array {
  const rows = shape[0] ?? 1;
  const columns = sizeOf(shape.slice(1));
  const count = Math.min(rows, columns);
  const width = Math.max(rows, columns);
  const vectors = orthonormal(count, width, rng);
  const out = new Float64Array(rows * columns);
  vectors.forEach((v, i) => {
    for (let j = 0; j < width; j++)
      out[rows <= columns ? i * columns + j : j * columns + i] = gain * (v[j] ?? 0);
  });
  return out;
}

/**
 * So many orthonormal vectors, uniformly distributed: Gram-Schmidt on normal numbers (equal to a QR decomposition
 * with a positive diagonal), done twice against rounding.
 */
function orthonormal(count: number, width: number, rng: Rng): Float64Array[] {
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const v = Float64Array.from({ length: width }, () => rng.normal());
    for (let pass = 0; pass < 2; pass++) {
      for (const u of vectors) {
        const along = dot(u, v);
        for (let j = 0; j < width; j++) v[j] = (v[j] ?? 0) - along * (u[j] ?? 0);
      }
    }
    const length = Math.sqrt(dot(v, v));
    // A draw that nearly lies in the span of the others is drawn anew.
    if (length > 1e-8) vectors.push(v.map((x) => x / length));
  }
  return vectors;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/**
 * gain at [i, i mod in] in the middle of the kernel, zeros elsewhere, group by group; with `rng` a random orthogonal
 * matrix in the place of the identity.
 */
export function identity(
  shape: readonly number[],
  gain: number,
  rng: Rng | undefined,
  groups: number,
): Float64Array {
  const [rows = 1, columns = 1, ...kernel] = shape;
  if (shape.length < 2) {
    fail("initializer_shape", { expected: "at least two axes for an identity", received: `[${shape}]` });
  }
  const size = sizeOf(kernel);
  const middle = kernel.reduce((at, k) => at * k + ((k - 1) >> 1), 0);
  const out = new Float64Array(rows * columns * size);
  const perGroup = rows / groups;
  for (let group = 0; group < groups; group++) {
    const matrix = rng && orthogonal([perGroup, columns], gain, rng);
    for (let i = 0; i < perGroup; i++) {
      for (let j = 0; j < columns; j++) {
        const value = matrix === undefined ? (i === j ? gain : 0) : (matrix[i * columns + j] ?? 0);
        out[((group * perGroup + i) * columns + j) * size + middle] = value;
      }
    }
  }
  return out;
}

/** `count` normal weights in each row, the others zero. */
export function sparse(shape: readonly number[], count: number, std: number, rng: Rng): Float64Array {
  const rows = shape[0] ?? 1;
  const columns = sizeOf(shape.slice(1));
  const out = new Float64Array(rows * columns);
  const places = Array.from({ length: columns }, (_, j) => j);
  for (let i = 0; i < rows; i++) {
    for (const j of rng.sample(places, count)) out[i * columns + j] = std * rng.normal();
  }
  return out;
}
