import type { Block } from "./parameters.js";

/** Length of the block of an affine map. */
export function affineLength(inputs: number, outputs: number): number {
  return outputs * (inputs + 1);
}

/** y = W·x + b: W in rows of x's length, then b; both in one block. */
export function affine(block: Block, x: Float64Array, outputs: number): Float64Array {
  const y = new Float64Array(outputs);
  const { value } = block;
  const inputs = x.length;
  const bias = outputs * inputs;
  let o = 0;
  // Four rows at a time: four sums that do not wait for each other.
  for (; o + 4 <= outputs; o += 4) {
    const [r0, r1, r2, r3] = [o * inputs, (o + 1) * inputs, (o + 2) * inputs, (o + 3) * inputs];
    let s0 = value[bias + o] as number;
    let s1 = value[bias + o + 1] as number;
    let s2 = value[bias + o + 2] as number;
    let s3 = value[bias + o + 3] as number;
    for (let i = 0; i < inputs; i++) {
      const xi = x[i] as number;
      s0 += (value[r0 + i] as number) * xi;
      s1 += (value[r1 + i] as number) * xi;
      s2 += (value[r2 + i] as number) * xi;
      s3 += (value[r3 + i] as number) * xi;
    }
    y[o] = s0;
    y[o + 1] = s1;
    y[o + 2] = s2;
    y[o + 3] = s3;
  }
  for (; o < outputs; o++) {
    let sum = value[bias + o] as number;
    for (let i = 0; i < inputs; i++) sum += (value[o * inputs + i] as number) * (x[i] as number);
    y[o] = sum;
  }
  return y;
}

/** Adds to the block's gradient, and to that of x, what a gradient of y gives. */
export function affineBack(block: Block, x: Float64Array, dy: Float64Array, dx: Float64Array): void {
  const { value, gradient } = block;
  const [inputs, outputs] = [x.length, dy.length];
  const bias = outputs * inputs;
  for (let o = 0; o < outputs; o++) {
    const d = dy[o] as number;
    if (d === 0) continue;
    gradient[bias + o] = (gradient[bias + o] as number) + d;
    const row = o * inputs;
    for (let i = 0; i < inputs; i++) {
      gradient[row + i] = (gradient[row + i] as number) + d * (x[i] as number);
      dx[i] = (dx[i] as number) + d * (value[row + i] as number);
    }
  }
}
