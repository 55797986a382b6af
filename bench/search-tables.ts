/**
 * Tables against a linear model on the same features: penguins (classes) and cars (a number), three seeds each.
 * npm run bench -- search-tables
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SearchDocument } from "../src/study/index.js";
import { meanAndStd, morph, record } from "./lib.js";

const tables = [
  ["penguins", "Species"],
  ["cars", "Miles_per_Gallon"],
] as const;
const results = [];
for (const [data, target] of tables) {
  const runs = [];
  for (const seed of [0, 1, 2]) {
    const dir = await mkdtemp(join(tmpdir(), `morph-${data}-`));
    const args = ["search", "--data", data, "--target", target, "--seed", String(seed), "--dir", dir];
    const { document, seconds } = await morph<SearchDocument>(args);
    runs.push({
      seed,
      seconds: Math.round(seconds),
      test: document.best?.testAccuracy ?? Number.NaN,
      validation: document.best?.valAccuracy ?? Number.NaN,
      linear: document.baselines.linear,
      constant: document.baselines.constant,
      testExamples: document.data.test,
    });
  }
  results.push({
    data,
    target,
    metric: data === "penguins" ? "accuracy" : "r2",
    test: meanAndStd(runs.map((r) => r.test)),
    linear: meanAndStd(runs.map((r) => r.linear)),
    runs,
  });
}
await record("search-tables", { command: "morph search --data D --target T --seed S", results });
