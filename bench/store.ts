/**
 * Cost of bookkeeping over a long study: 100,000 trials of five events each, one append an event as a search
 * does it. Prints one JSON document. Run:
 *   npx esbuild bench/store.ts --bundle --platform=node --target=node20 --format=esm --packages=external \
 *     --outfile=node_modules/.cache/bench-store.mjs && node node_modules/.cache/bench-store.mjs [TRIALS]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { rngOf } from "../src/base/index.js";
import { replayLog, type StudyEvent } from "../src/store/index.js";
import { openStore, STORE_FILE } from "../src/store/sqlite.node.js";

const trials = Number(process.argv[2] ?? 100_000);
const directory = mkdtempSync(join(process.env.MORPH_BENCH_DIR ?? tmpdir(), "morph-bench-"));
const rng = rngOf(0, "bench", "store");

/** A trial of the size that `mobile-cnn` makes. */
function eventsOf(trial: number): StudyEvent[] {
  const stages = Array.from({ length: 5 }, () => ({
    op: rng.pick(["inverted-residual", "conv-bn"]),
    width: 8 * (1 + rng.int(8)),
    kernel: rng.pick([3, 5, 7]),
    expansion: rng.pick([1, 2, 4]),
    depth: 1 + rng.int(3),
    activation: rng.pick(["relu", "hard-swish"]),
  }));
  const figures = { params: rng.int(50_000), macs: rng.int(5_000_000), latencyMs: rng.float() };
  const metrics = { valAccuracy: rng.float(), valLoss: rng.float() };
  return [
    {
      kind: "asked",
      trial,
      genotype: { stages },
      hash: `${trial}`,
      origin: "mutation",
      parent: 0,
      static: figures,
    },
    { kind: "started", trial, attempt: 1, rung: 0, worker: "w1" },
    { kind: "reported", trial, rung: 0, epoch: 1, metrics },
    { kind: "reported", trial, rung: 0, epoch: 2, metrics },
    { kind: "told", trial, rung: 0, metrics, score: metrics.valAccuracy },
  ];
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  const value = await work();
  return [value, Math.round((performance.now() - began) * 1000) / 1000];
}

try {
  await using store = await openStore(directory);
  await store.create("bench", { seed: 0 });
  await using lease = await store.acquire("bench");
  const perTrialMs: number[] = [];
  const slice = Math.max(1, Math.floor(trials / 10));
  for (let from = 0; from < trials; from += slice) {
    const [, ms] = await timed(async () => {
      for (let trial = from; trial < Math.min(trials, from + slice); trial++) {
        for (const event of eventsOf(trial)) await store.append("bench", [event], lease);
      }
    });
    perTrialMs.push(Math.round((ms / Math.min(slice, trials - from)) * 1000) / 1000);
  }
  const [, summaryMs] = await timed(() => store.summary("bench"));
  const [, firstPageMs] = await timed(() =>
    store.trials("bench", { orderBy: "score", descending: true, limit: 50 }),
  );
  const [, lastPageMs] = await timed(() =>
    store.trials("bench", { orderBy: "macs", offset: trials - 50, limit: 50 }),
  );
  const [state, replayMs] = await timed(() => replayLog(store.read("bench")));
  const [, rebuildMs] = await timed(() => store.rebuild("bench"));
  const megabytes = (name: string) =>
    Math.round((statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0) / 1e5) / 10;
  const result = {
    bench: "store",
    trials: state.trials.size,
    events: state.seq,
    /** Milliseconds for the five appends of a trial, for each tenth of the study. */
    perTrialMs,
    summaryMs,
    firstPageMs,
    lastPageMs,
    replayMs,
    rebuildMs,
    fileMB: megabytes(STORE_FILE),
    walMB: megabytes(`${STORE_FILE}-wal`),
    rssMB: Math.round(process.memoryUsage.rss() / 1e6),
    cpu: cpus()[0]?.model,
  };
  console.log(JSON.stringify(result, null, 2));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
