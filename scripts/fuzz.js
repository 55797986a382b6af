#!/usr/bin/env node
/**
 * Fuzz the ONNX reader, shape inference and counting with mutated models: `npm run fuzz` reads 100,000.
 * `npm run fuzz -- --cases 1000 --seed 7` others; `--from N --cases 1` runs one that failed again.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
  },
});
const env = {
  ...process.env,
  MORPH_FUZZ_CASES: values.cases,
  MORPH_FUZZ_SEED: values.seed,
  MORPH_FUZZ_FROM: values.from,
};
const { status } = spawnSync("npx", ["vitest", "run", "src/onnx/fuzz.test.ts"], { env, stdio: "inherit" });
process.exitCode = status ?? 1;
