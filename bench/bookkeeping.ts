/**
 * What a search costs beside its jobs, and whether its memory grows: 500 trials of one epoch each on a small table,
 * all in this process. `npm run bench -- bookkeeping [TRIALS]`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openDataset } from "../src/data/index.js";
import { tabularMlp } from "../src/spaces/index.js";
import { openStore } from "../src/store/index.js";
import { regularizedEvolution } from "../src/strategies/index.js";
import { countGenotype } from "../src/study/candidates.js";
import { TimeBudget } from "../src/study/clock.js";
import type { StudyConfig } from "../src/study/config.js";
import { InlineExecutor } from "../src/study/inline-executor.node.js";
import type { Executor, Job, ResultOf, RunOptions } from "../src/study/jobs.js";
import { StudyLog } from "../src/study/log.js";
import { payload } from "../src/study/payload.js";
import { StudyRunner } from "../src/study/runner.node.js";
import { problemOf } from "../src/train/index.js";
import { record } from "./lib.js";

const trials = Number(process.argv[2] ?? 500);
const root = mkdtempSync(join(tmpdir(), "morph-bookkeeping-"));

/** Adds up the time of the jobs. */
class Timed implements Executor {
  readonly size = 1;
  ms = 0;
  constructor(private readonly inner: Executor) {}

  async run<J extends Job>(job: J, options: RunOptions): Promise<ResultOf<J>> {
    const began = performance.now();
    try {
      return await this.inner.run(job, options);
    } finally {
      this.ms += performance.now() - began;
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.inner[Symbol.asyncDispose]();
  }
}

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
const round = (ms: number) => Math.round(ms * 1000) / 1000;

try {
  const cacheDir = join(root, "cache");
  await using dataset = await openDataset("penguins", { cacheDir, seed: 0 });
  const problem = problemOf(dataset);
  const { task, splits } = dataset;
  const config: StudyConfig = {
    format: "morph.study/1",
    data: { source: "penguins" },
    dataset: {
      ...{ name: dataset.name, hash: dataset.hash, notes: dataset.notes, task: task.kind, classNames: null },
      ...{ train: splits.train.length, validation: splits.validation.length, test: splits.test.length },
      classes: task.kind === "classification" ? task.classes.length : null,
    },
    space: { name: tabularMlp.name, version: tabularMlp.version, size: "" },
    strategy: { name: regularizedEvolution.name, options: regularizedEvolution.options },
    limits: {},
    budget: { trials, timeMs: null, rungs: [1], eta: 3, finalEpochs: 1, finalists: 1 },
    affordableMsPerExample: null,
    recipe: tabularMlp.recipe,
    seed: 0,
    workers: 1,
    pool: 1,
    provenance: {
      ...{ morphospace: "", onnxruntime: "", node: process.version, platform: "", cpu: "", cores: 1 },
      started: "",
    },
  };
  await using store = await openStore(root, { create: true });
  await store.create("bench", payload(config));
  const log = await StudyLog.open(store, "bench", await store.acquire("bench"));
  const setup = { ...{ data: config.data, dataHash: dataset.hash, space: config.space }, cacheDir };
  const { recipe, seed } = config;
  const inline = new InlineExecutor({ ...setup, recipe, seed, threads: 1, device: "cpu" }, tabularMlp);
  await using executor = new Timed(inline);
  const runner = new StudyRunner("bench", {
    ...{
      log,
      dir: join(root, "bench"),
      space: tabularMlp,
      strategy: regularizedEvolution,
      problem,
      tools: { seed },
      executor,
    },
    ...{ time: new TimeBudget(null), trials, resumed: false, extended: false },
  });

  const slice = Math.max(1, Math.floor(trials / 5));
  const rows: { trials: number; bookkeepingMs: number; jobsMs: number; rssMB: number; heapMB: number }[] = [];
  let told = 0;
  let [wallMs, jobsMs] = [performance.now(), 0];
  for await (const event of runner.run()) {
    if (event.type !== "rung" || ++told % slice !== 0 || told > trials) continue;
    const [wall, jobs] = [performance.now() - wallMs, executor.ms - jobsMs];
    collect();
    const { rss, heapUsed } = process.memoryUsage();
    const perTrial = { bookkeepingMs: round((wall - jobs) / slice), jobsMs: round(jobs / slice) };
    rows.push({ trials: told, ...perTrial, rssMB: megabytes(rss), heapMB: megabytes(heapUsed) });
    [wallMs, jobsMs] = [performance.now(), executor.ms];
  }
  // Building and counting a candidate is no bookkeeping, but is done in the same process.
  const genotypes = log.trials().map(({ genotype }) => genotype);
  const began = performance.now();
  for (const genotype of genotypes) countGenotype(tabularMlp, problem, genotype);
  const candidateMs = round((performance.now() - began) / genotypes.length);
  const reopening = performance.now();
  await log.close();
  await (await StudyLog.open(store, "bench", await store.acquire("bench"))).close();
  const [first, last] = [rows[0], rows.at(-1)];
  await record("bookkeeping", {
    trials,
    /** Of one trial, without its jobs; building and counting its candidate is in it. */
    perTrial: rows,
    candidateMs,
    bookkeepingWithoutCandidateMs: round((last?.bookkeepingMs ?? 0) - candidateMs),
    rssGrowthMB: round((last?.rssMB ?? 0) - (first?.rssMB ?? 0)),
    heapGrowthMB: round((last?.heapMB ?? 0) - (first?.heapMB ?? 0)),
    openingLogMs: round(performance.now() - reopening),
  });
} finally {
  rmSync(root, { recursive: true, force: true });
}
