import { type Issue, issue, type Rng, rngOf } from "../../base/index.js";
import { type DType, dtypeOfCode, isFloat } from "../../ir/index.js";
import { type RefTensor, ref } from "../reference.js";

/** Why a runtime's random numbers are not those of the reference. */
export const OTHER_NUMBERS = "every implementation draws other numbers";

/** The float type of an attribute `dtype`; the refusal where it is none. */
export function floatOfCode(code: number): DType | Issue {
  const dtype = dtypeOfCode(code);
  if (dtype !== undefined && isFloat(dtype)) return dtype;
  return issue("random_dtype", { expected: "the number of a float type", received: String(code) });
}

/** A tensor of numbers that `draw` gives, the same ones for the same seed. */
export function randomRef(
  what: string,
  seed: number | undefined,
  dtype: DType,
  dims: readonly number[],
  draw: (rng: Rng, at: number) => number,
): RefTensor {
  const out = ref(dtype, dims);
  // Seeds are floats in ONNX: fractions count.
  const rng = rngOf(0, what, String(seed ?? 0));
  for (let i = 0; i < out.data.length; i++) out.data[i] = draw(rng, i);
  return out;
}
