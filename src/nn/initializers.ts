import { fail, type Rng } from "../base/index.js";
import { sizeOf } from "../ir/index.js";

/** How a parameter begins. Fans: products of `shape[1..]` (in) and of `shape[0]` with the kernel (out). */
export type Initializer =
  | { readonly kind: "constant"; readonly value: number }
  /** N(0, std²). */
  | { readonly kind: "normal"; readonly std: number }
  /** N(0, gain²/fan), fan of the mode; He et al. 2015 with gain √2 (rectifiers). */
  | { readonly kind: "fan-normal"; readonly gain: number; readonly mode: "in" | "out" }
  /** U(−a, a) with a = gain·√(6/(fan in + fan out)); Glorot & Bengio 2010. */
  | { readonly kind: "glorot-uniform"; readonly gain: number }
  /** U(−a, a) with a = 1/√(fan in). */
  | { readonly kind: "fan-uniform" }
  /** Contents that are known: weights of a file. */
  | { readonly kind: "given"; readonly data: Float32Array };

export const init = {
  zeros: { kind: "constant", value: 0 },
  ones: { kind: "constant", value: 1 },
  constant: (value: number): Initializer => ({ kind: "constant", value }),
  normal: (std: number): Initializer => ({ kind: "normal", std }),
  heNormal: { kind: "fan-normal", gain: Math.SQRT2, mode: "out" },
  heNormalIn: { kind: "fan-normal", gain: Math.SQRT2, mode: "in" },
  lecunNormal: { kind: "fan-normal", gain: 1, mode: "in" },
  glorotUniform: { kind: "glorot-uniform", gain: 1 },
  fanUniform: { kind: "fan-uniform" },
  given: (data: Float32Array): Initializer => ({ kind: "given", data }),
} as const;

/**
 * Initial contents of a parameter.
 * @param groups of a convolution: its fan out counts the outputs of one group
 */
export function initialize(spec: Initializer, shape: readonly number[], rng: Rng, groups = 1): Float32Array {
  const out = new Float32Array(sizeOf(shape));
  const kernel = sizeOf(shape.slice(2));
  const fanIn = Math.max(1, sizeOf(shape.slice(1)));
  const fanOut = Math.max(1, ((shape[0] ?? 1) * kernel) / groups);
  const fill = (next: () => number) => {
    for (let i = 0; i < out.length; i++) out[i] = next();
  };
  const uniform = (a: number) => fill(() => (2 * rng.float() - 1) * a);
  switch (spec.kind) {
    case "constant":
      out.fill(spec.value);
      break;
    case "normal":
      fill(() => rng.normal() * spec.std);
      break;
    case "fan-normal": {
      const std = spec.gain / Math.sqrt(spec.mode === "in" ? fanIn : fanOut);
      fill(() => rng.normal() * std);
      break;
    }
    case "glorot-uniform":
      uniform(spec.gain * Math.sqrt(6 / (fanIn + fanOut)));
      break;
    case "fan-uniform":
      uniform(1 / Math.sqrt(fanIn));
      break;
    case "given":
      if (spec.data.length !== out.length) {
        fail("weights_size", { expected: `${out.length} numbers`, received: `${spec.data.length}` });
      }
      out.set(spec.data);
      break;
  }
  return out;
}
