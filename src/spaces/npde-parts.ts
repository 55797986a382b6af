/**
 * Finite differences as operators: the terms of an evolution equation over fields u [N, C, H, W] (one axis of size 1 makes
 * a line of it), exact flows of reactions, and free propagation of waves.
 */
import { tensor, type Value } from "../ir/index.js";
import { fixedDim } from "../nn/index.js";
import type { Builder } from "../ops/index.js";

export type Boundary = "zero" | "periodic";

/** The axes along which a field extends: 2, 3 or both. */
export function axesOf(u: Value): readonly number[] {
  return [2, 3].filter((axis) => fixedDim(u, axis) > 1);
}

/** One place, or `by` places, added on each side of the field's axes: zeros, or what lies at the other end. */
export function bordered(g: Builder, u: Value, boundary: Boundary, by = 1): Value {
  if (boundary === "zero") {
    const pads = [2, 3].map((axis) => (fixedDim(u, axis) > 1 ? by : 0));
    return g.Pad(u, g.i64([0, 0, ...pads, 0, 0, ...pads]));
  }
  return axesOf(u).reduce((x, axis) => {
    const size = fixedDim(x, axis);
    const part = (from: number, to: number) => g.Slice(x, g.i64([from]), g.i64([to]), g.i64([axis]));
    return g.Concat([part(size - by, size), x, part(0, by)], { axis });
  }, u);
}

/** Neighbours one place before and one place behind along an axis: of what {@link bordered} gives. */
function neighboursOf(g: Builder, wide: Value, axis: number): readonly [before: Value, behind: Value] {
  // The other axes lose the places that were added.
  const inside = axesOf(wide).reduce((x, other) => {
    if (other === axis) return x;
    return g.Slice(x, g.i64([1]), g.i64([fixedDim(x, other) - 1]), g.i64([other]));
  }, wide);
  const size = fixedDim(inside, axis);
  const part = (from: number, to: number) => g.Slice(inside, g.i64([from]), g.i64([to]), g.i64([axis]));
  return [part(0, size - 2), part(2, size)];
}

/** Σ over axes of (u₋ − 2u + u₊)/h²: the second differences. */
export function laplacian(g: Builder, u: Value, boundary: Boundary, h = 1): Value {
  const wide = bordered(g, u, boundary);
  const axes = axesOf(u);
  const around = axes.flatMap((axis) => neighboursOf(g, wide, axis));
  const sum = g.Sub(g.Sum(around), g.Mul(u, g.scalar(2 * axes.length, u.dtype)));
  return h === 1 ? sum : g.Mul(sum, g.scalar(1 / (h * h), u.dtype));
}

/** (u₊ − u₋)/2h along each of the field's axes: central first differences. */
export function gradientOf(g: Builder, u: Value, boundary: Boundary, h = 1): readonly Value[] {
  const wide = bordered(g, u, boundary);
  return axesOf(u).map((axis) => {
    const [before, behind] = neighboursOf(g, wide, axis);
    return g.Mul(g.Sub(behind, before), g.scalar(1 / (2 * h), u.dtype));
  });
}

/** u + τ·F: the explicit Euler step of u_t = F. */
export function eulerStep(g: Builder, u: Value, terms: readonly Value[], tau: number): Value {
  return g.Add(u, g.Mul(g.Sum(terms), g.scalar(tau, u.dtype)));
}

/**
 * The step of u_tt + γ u_t = F, both differences central: ((2u − (1 − γτ/2) u₋) + τ² F)/(1 + γτ/2), u₋ the step before.
 */
export function waveStep(
  g: Builder,
  [before, u]: readonly [Value, Value],
  terms: readonly Value[],
  damping: Value,
  tau: number,
): Value {
  const half = g.Mul(damping, g.scalar(tau / 2, u.dtype));
  const one = g.scalar(1, u.dtype);
  const inertia = g.Sub(g.Mul(u, g.scalar(2, u.dtype)), g.Mul(before, g.Sub(one, half)));
  const push = g.Mul(g.Sum(terms), g.scalar(tau * tau, u.dtype));
  return g.Div(g.Add(inertia, push), g.Add(one, half));
}

/**
 * The flow of u_t = r u (1 − u) over the time T, with rT given: u e^(rT)/(1 + u (e^(rT) − 1)), which is the sigmoid of
 * logit u + rT. Only for u from 0 to 1: beyond it is cut.
 */
export function logisticFlow(g: Builder, u: Value, time: Value): Value {
  const inside = g.Clip(u, g.scalar(0, u.dtype), g.scalar(1, u.dtype));
  const growth = g.Exp(time);
  const one = g.scalar(1, u.dtype);
  return g.Div(g.Mul(inside, growth), g.Add(one, g.Mul(inside, g.Sub(growth, one))));
}

/**
 * The flow of u_t = r (1 − u²) over the time T, with rT given: tanh(artanh u + rT) = (u + tanh rT)/(1 + u tanh rT). Only
 * for u from −1 to 1: beyond it is cut.
 */
export function bistableFlow(g: Builder, u: Value, time: Value): Value {
  const inside = g.Clip(u, g.scalar(-1, u.dtype), g.scalar(1, u.dtype));
  const t = g.Tanh(time);
  return g.Div(g.Add(inside, t), g.Add(g.scalar(1, u.dtype), g.Mul(inside, t)));
}

/** A complex field as two real ones. */
export interface Wave {
  readonly re: Value;
  readonly im: Value;
}

/** |u|². */
export function intensity(g: Builder, { re, im }: Wave): Value {
  return g.Add(g.Mul(re, re), g.Mul(im, im));
}

/** u·exp(iφ): a mask that shifts phases, or the potential's half of a Schrödinger step. */
export function phaseMask(g: Builder, { re, im }: Wave, phase: Value): Wave {
  const [cos, sin] = [g.Cos(phase), g.Sin(phase)];
  return {
    re: g.Sub(g.Mul(re, cos), g.Mul(im, sin)),
    im: g.Add(g.Mul(re, sin), g.Mul(im, cos)),
  };
}

/**
 * Free propagation of i 2k u_z + ∇²u = 0 over a distance with z/k given, periodic: in the Fourier domain a factor
 * exp(−i (kx² + ky²) z/2k). It is a factor along each axis, so it is a product with one unitary matrix an axis.
 */
export function propagate(g: Builder, wave: Wave, distance: number): Wave {
  return axesOf(wave.re).reduce((it, axis) => alongAxis(g, it, axis, distance), wave);
}

function alongAxis(g: Builder, { re, im }: Wave, axis: number, distance: number): Wave {
  const size = fixedDim(re, axis);
  const [real, imaginary] = propagator(size, distance);
  const flip = (x: Value) => (axis === 2 ? g.Transpose(x, { perm: [0, 1, 3, 2] }) : x);
  // [re, im] times [[A, B], [−B, A]] is one real product. The matrix is symmetric.
  const block = Array.from({ length: 4 * size * size }, (_, i) => {
    const [row, column] = [Math.floor(i / (2 * size)), i % (2 * size)];
    const at = (row % size) * size + (column % size);
    if (row < size === column < size) return real[at] ?? 0;
    return row < size ? (imaginary[at] ?? 0) : -(imaginary[at] ?? 0);
  });
  const matrix = g.constant(tensor(re.dtype, [2 * size, 2 * size], block), "propagator");
  const both = g.MatMul(g.Concat([flip(re), flip(im)], { axis: 3 }), matrix);
  const [a = re, b = im] = g.op("Split", [both, g.i64([size, size])], { axis: 3 }, 2);
  return { re: flip(a), im: flip(b) };
}

/** F⁻¹ diag(exp(−i κ² distance/2)) F of n points, κ = 2πm/n with |m| ≤ n/2: real and imaginary parts. */
export function propagator(n: number, distance: number): readonly [Float64Array, Float64Array] {
  const [real, imaginary] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let m = 0; m < n; m++) {
    const kappa = (2 * Math.PI * (m <= n / 2 ? m : m - n)) / n;
    for (let row = 0; row < n; row++) {
      for (let column = 0; column < n; column++) {
        const phase = (2 * Math.PI * m * (row - column)) / n - (kappa * kappa * distance) / 2;
        const at = row * n + column;
        real[at] = (real[at] ?? 0) + Math.cos(phase) / n;
        imaginary[at] = (imaginary[at] ?? 0) + Math.sin(phase) / n;
      }
    }
  }
  return [real, imaginary];
}
