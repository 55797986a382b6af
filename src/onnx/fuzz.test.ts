import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram } from "../testing/child-process.node.js";
import { fuzzRun } from "../testing/fuzz-run.node.js";

/** More of them, and others, by `npm run fuzz`. */
const CASES = Number(process.env.MORPH_FUZZ_CASES ?? 2000);
const SEED = Number(process.env.MORPH_FUZZ_SEED ?? 1);
const FROM = Number(process.env.MORPH_FUZZ_FROM ?? 0);
const CHUNK = 2500;

describe("models with a mutated structure", () => {
  let program: Awaited<ReturnType<typeof buildProgram>>;
  beforeAll(async () => {
    program = await buildProgram(join(import.meta.dirname, "../testing/fuzz-program.ts"));
  });
  afterAll(() => program.remove());

  test(
    `${CASES} of seed ${SEED} from ${FROM} on: refused or passed, in bounded time and memory`,
    async () => {
      let [refused, passed, peakBytes] = [0, 0, 0];
      const failures: string[] = [];
      for (let from = FROM; from < FROM + CASES; from += CHUNK) {
        const part = await fuzzRun(program.path, SEED, from, Math.min(CHUNK, FROM + CASES - from));
        refused += part.refused;
        passed += part.passed;
        peakBytes = Math.max(peakBytes, part.peakBytes);
        failures.push(...part.failures);
      }
      console.info(
        `fuzz: seed ${SEED}, ${refused} refused, ${passed} passed, peak ${Math.round(peakBytes / 1e6)} MB`,
      );
      expect(failures).toEqual([]);
      expect(refused + passed).toBe(CASES);
      // Both ways are taken: the mutations neither destroy everything nor nothing.
      if (CASES >= 1000) expect(Math.min(refused, passed)).toBeGreaterThan(CASES / 20);
    },
    Math.max(120_000, CASES * 60),
  );
});
