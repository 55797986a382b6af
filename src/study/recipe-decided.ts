import { ExitCode, fail, rngOf } from "../base/index.js";
import { sample } from "../schema/index.js";
import type { Recipe, Space } from "../spaces/index.js";

/** What a space decides for each genotype cannot be settled for all. */
export function checkUndecided(space: Space, given: Partial<Recipe>): void {
  const decided = Object.keys(space.recipeOf?.(sample(space.schema, rngOf(0))) ?? {});
  const [twice] = Object.keys(given).filter((name) => decided.includes(name));
  if (twice === undefined) return;
  fail(
    "recipe_decided",
    {
      path: `recipe.${twice}`,
      expected: `a recipe without ${decided.join(", ")}`,
      received: twice,
      hint: `the space ${space.name} decides on it for each network; leave it out, or choose another space`,
    },
    { exitCode: ExitCode.usage },
  );
}
