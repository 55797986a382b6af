/**
 * The main job with its defaults, from command to result, for three seeds: `morph search --seed S`.
 * npm run bench -- search-digits [seeds, e.g. 0,1,2]
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SearchDocument } from "../src/study/index.js";
import { meanAndStd, morph, record } from "./lib.js";

const seeds = (process.argv[2] ?? "0,1,2").split(",").map(Number);
const runs = [];
for (const seed of seeds) {
  const dir = await mkdtemp(join(tmpdir(), "morph-digits-"));
  const { document, seconds } = await morph<SearchDocument>(["search", "--seed", String(seed), "--dir", dir]);
  const { best } = document;
  if (best === null) throw new Error(`seed ${seed}: no result`);
  runs.push({
    seed,
    seconds: Math.round(seconds * 10) / 10,
    testAccuracy: best.testAccuracy,
    valAccuracy: best.valAccuracy,
    params: best.params,
    macs: best.macs,
    latencyMs: best.latencyMs,
    trials: document.trials.length,
    limitsKept: best.params <= 50_000 && best.latencyMs <= 1,
    linearBaseline: document.baselines.linear,
    study: join(dir, document.study),
  });
}
await record("search-digits", {
  command: "morph search --seed S",
  testAccuracy: meanAndStd(runs.map((r) => r.testAccuracy)),
  seconds: meanAndStd(runs.map((r) => r.seconds)),
  runs: runs.map(({ study: _, ...run }) => run),
});
console.error(runs.map((r) => r.study).join("\n"));
