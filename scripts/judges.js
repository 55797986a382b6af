#!/usr/bin/env node
/** The outside judges with all networks in the reference interpreter: minutes, for a nightly run. `npm test` runs the small ones. */
import { spawnSync } from "node:child_process";

const env = { ...process.env, MORPH_JUDGES: "all" };
const { status } = spawnSync("npx", ["vitest", "run", "test/outside-judges.test.ts"], {
  env,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
