/** How much of what the decisions allow do the refinements keep? */
import type { Rng } from "../base/index.js";
import { DEAD, draw, drawState } from "./sample.js";
import type { Schema } from "./types.js";
import { check } from "./validate.js";

/**
 * Share (0 to 1) of `draws` weighted draws, made as if there were no refinements, that are genotypes all the
 * same; dead ends of guards count as refused. 1 for a space that states its conditions by design.
 */
export function validFraction<T>(schema: Schema<T>, rng: Rng, draws: number = 1000): number {
  let valid = 0;
  for (let i = 0; i < draws; i++) {
    const state = { ...drawState(), unrefined: true };
    const value = draw(schema.node, rng, undefined, Number.POSITIVE_INFINITY, state);
    if (value !== DEAD && check(schema.node, value, undefined, Number.POSITIVE_INFINITY) === undefined)
      valid++;
  }
  return valid / draws;
}
