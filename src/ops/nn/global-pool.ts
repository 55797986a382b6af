import type { Dim, Shape } from "../../base/index.js";
import { sizeOf } from "../../ir/index.js";
import { type RefTensor, ref } from "../reference.js";

/** [N, C, spatial...] with all spatial lengths 1. */
export function globalShape(shape: Shape): Dim[] {
  return shape.map((d, i) => (i < 2 ? d : 1));
}

/** One value for each image and channel. */
export function globalRef(x: RefTensor, value: (plane: Float64Array) => number): RefTensor {
  const out = ref(x.dtype, globalShape(x.dims).map(Number));
  const size = sizeOf(x.dims.slice(2));
  for (let i = 0; i < out.data.length; i++) out.data[i] = value(x.data.subarray(i * size, (i + 1) * size));
  return out;
}
