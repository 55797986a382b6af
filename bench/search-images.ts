/**
 * A folder of colour images under a limit and a time: `morph search --data FOLDER --max-params 200000 --time 25m`.
 * npm run bench -- search-images FOLDER [seeds] [time] [workers]
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SearchDocument } from "../src/study/index.js";
import { meanAndStd, morph, record } from "./lib.js";

const [folder = "", seedList = "0,1", time = "25m", workers] = process.argv.slice(2);
const seeds = seedList.split(",").map(Number);
const args = ["search", "--data", folder, "--max-params", "200000", "--time", time];
if (workers !== undefined) args.push("--workers", workers);
const runs = [];
for (const seed of seeds) {
  const dir = await mkdtemp(join(tmpdir(), "morph-images-"));
  const { document, seconds } = await morph<SearchDocument>([...args, "--seed", String(seed), "--dir", dir]);
  const { best } = document;
  if (best === null) throw new Error(`seed ${seed}: no result`);
  runs.push({
    seed,
    seconds: Math.round(seconds),
    testAccuracy: best.testAccuracy,
    valAccuracy: best.valAccuracy,
    params: best.params,
    macs: best.macs,
    latencyMs: best.latencyMs,
    epochs: best.epochs,
    trials: document.trials.length,
    linearBaseline: document.baselines.linear,
  });
}
await record(seeds.length > 1 ? "search-images" : `search-images-seed-${seeds[0]}`, {
  command: `morph ${["search", "--data", "FOLDER", ...args.slice(3)].join(" ")} --seed S`,
  testAccuracy: meanAndStd(runs.map((r) => r.testAccuracy)),
  runs,
});
