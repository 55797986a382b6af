import { describe, expect, it } from "vitest";
import { ortNode } from "../runtime/index.js";
import { checkFunction } from "../testing/gradient-check.js";
import { randomFunction } from "../testing/random-function.js";

// Another twenty with MORPH_SEED=n; the seed of a failure is in its name.
const first = 100 * Number(process.env.MORPH_SEED ?? 0);

describe("randomly composed functions", () => {
  it.each(Array.from({ length: 20 }, (_, i) => first + i))(
    "gradients meet differences (seed %i)",
    async (seed) => {
      const check = {
        second: seed % 4 === 0,
        memory: seed % 2 === 0 ? ("store" as const) : ("recompute" as const),
        places: 3,
        ...(seed % 3 === 0 ? { runtime: ortNode, tolerance: 1e-3 } : {}),
      };
      expect(await checkFunction(randomFunction(seed), check)).toEqual([]);
    },
  );
});
