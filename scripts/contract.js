#!/usr/bin/env node
// Contracts at full length, for nightly runs: npm run contract -- spaces [NAME]. Every one of 1,000 samples of each
// space is built and verified, more networks are run; tests that draw at random draw as much as their papers ask.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOMS = { spaces: "src/spaces", schema: "src/schema", zoo: "src/zoo" };
const [room, name, ...rest] = process.argv.slice(2);
const folder = ROOMS[room];
if (folder === undefined || rest.length > 0) {
  console.error(`usage: npm run contract -- ${Object.keys(ROOMS).join("|")} [NAME]`);
  process.exit(2);
}
const root = fileURLToPath(new URL("../", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const only = name === undefined ? [] : ["-t", `contract: ${name}$|contract: ${name} `];
const result = spawnSync(process.execPath, [vitest, "run", folder, "--testTimeout", "1800000", ...only], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, MORPH_CONTRACT: "full" },
});
process.exit(result.status ?? 1);
