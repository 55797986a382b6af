import { fail } from "../base/index.js";
import { sizeOf } from "../ir/index.js";
import type { Network, Param, State, Weights } from "./network.js";

type Layout = Pick<Network, "params" | "states">;

/**
 * Weights for a network from a supernet that contains it, by name. A smaller parameter takes the leading channels
 * (axes 0 and 1) and the centre of the kernel (all further axes), as once-for-all networks do (Cai et al. 2020,
 * arXiv:1908.09791, without their kernel transformations). Running statistics are taken along; those of a
 * mixture are not those of its parts, so measure them anew where they matter.
 * Errors: `weights_missing`, `weights_shape`.
 */
export function inheritWeights(from: Layout, weights: Weights, to: Layout): Weights {
  return {
    params: inherit(from.params, weights.params, to.params),
    states: inherit(from.states, weights.states, to.states),
  };
}

function inherit(
  from: readonly (Param | State)[],
  flat: Float32Array,
  to: readonly (Param | State)[],
): Float32Array {
  const offsets = new Map<string, { readonly at: number; readonly shape: readonly number[] }>();
  let size = 0;
  for (const { name, shape } of from) {
    offsets.set(name, { at: size, shape });
    size += sizeOf(shape);
  }
  const out = new Float32Array(to.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  let at = 0;
  for (const { name, shape } of to) {
    const source = offsets.get(name);
    if (source === undefined) {
      fail("weights_missing", { path: name, expected: "a parameter of this name in the supernet" });
    }
    if (shape.length !== source.shape.length || shape.some((d, i) => d > (source.shape[i] ?? 0))) {
      fail("weights_shape", {
        path: name,
        expected: `at most [${source.shape}]`,
        received: `[${shape}]`,
      });
    }
    at = copy(flat, source.at, source.shape, out, at, shape);
  }
  return out;
}

/** Copy a part of a tensor; returns the place behind what was written. */
function copy(
  flat: Float32Array,
  from: number,
  whole: readonly number[],
  out: Float32Array,
  to: number,
  part: readonly number[],
): number {
  const walk = (axis: number, source: number, target: number): number => {
    const [have = 1, want = 1] = [whole[axis], part[axis]];
    if (axis === part.length) {
      out[target] = flat[source] ?? 0;
      return target + 1;
    }
    const inner = sizeOf(whole.slice(axis + 1));
    const start = axis < 2 ? 0 : (have - want) >> 1;
    let next = target;
    for (let i = 0; i < want; i++) next = walk(axis + 1, source + (start + i) * inner, next);
    return next;
  };
  if (whole.every((d, i) => d === part[i])) {
    const size = sizeOf(whole);
    out.set(flat.subarray(from, from + size), to);
    return to + size;
  }
  return walk(0, from, to);
}
