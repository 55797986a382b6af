/** The matrices of a discrete Fourier transform along one axis, for results and for gradients. */
export interface FourierMatrices {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs]: what the real part gives to the real part, and the imaginary part to the imaginary part. */
  readonly cos: Float64Array;
  /** [outputs, inputs]: what the real part gives to the imaginary part; the imaginary gives its negative to the real. */
  readonly sin: Float64Array;
}

/**
 * A transform of `length` points of a signal of which only the first are given where `inputs` is less (the rest
 * are zeros). One-sided forwards: the first length / 2 + 1 results. One-sided backwards: the inputs are those, the
 * rest follows from symmetry, and the imaginary part of the result is zero.
 */
export function fourierMatrices(
  length: number,
  given: number,
  { inverse, onesided }: { readonly inverse: boolean; readonly onesided: boolean },
): FourierMatrices {
  const half = Math.floor(length / 2) + 1;
  const outputs = onesided && !inverse ? half : length;
  const inputs = Math.min(given, onesided && inverse ? half : length);
  const cos = new Float64Array(outputs * inputs);
  const sin = new Float64Array(outputs * inputs);
  for (let k = 0; k < outputs; k++) {
    for (let n = 0; n < inputs; n++) {
      // Reduced first: angles stay exact for long signals.
      const angle = ((inverse ? 2 : -2) * Math.PI * ((k * n) % length)) / length;
      const twice = onesided && inverse && n > 0 && 2 * n !== length ? 2 : 1;
      const weight = inverse ? twice / length : 1;
      cos[k * inputs + n] = weight * Math.cos(angle);
      sin[k * inputs + n] = weight * Math.sin(angle);
    }
  }
  return { inputs, outputs, cos, sin };
}
