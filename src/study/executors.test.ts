import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { MorphError } from "../base/index.js";
import { openDataset } from "../data/index.js";
import { tabularMlp } from "../spaces/index.js";
import { Program } from "../testing/child-process.node.js";
import { executorContract } from "../testing/executor-contract.js";
import { InlineExecutor } from "./inline-executor.node.js";
import { runAgain, type TrainJob, type WorkerSetup } from "./jobs.js";
import { ProcessExecutor } from "./process-executor.node.js";

const folder = mkdtempSync(join(tmpdir(), "morph-executors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

await using dataset = await openDataset("penguins", { cacheDir: join(folder, "cache"), seed: 1 });
const setup: WorkerSetup = {
  data: { source: "penguins" },
  dataHash: dataset.hash,
  space: { name: "tabular-mlp" },
  recipe: tabularMlp.recipe,
  seed: 1,
  cacheDir: join(folder, "cache"),
  threads: 1,
  device: "cpu",
};
const genotype = {
  ...{ width: 24, layers: 2, taper: 1, residual: true, normalization: "batch" },
  ...{ activation: "silu", dropout: 0.1, embedding: 2 },
};

executorContract("in this process", {
  ...{ setup, genotype },
  open: (it) => new InlineExecutor(it, tabularMlp),
});
executorContract("worker processes", { setup, genotype, open: (it) => new ProcessExecutor(1, it) });

const job = (to: string, epochs = 1): TrainJob => ({
  ...{ kind: "train", trial: 0, rung: 0, genotype, epochs, seed: 3 },
  to: join(folder, to),
});

/** Resolves when the job has said something, with the pid of the only worker. */
function atWork(executor: ProcessExecutor, to: string, signal?: AbortSignal) {
  let begun: () => void = () => undefined;
  const working = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const training = executor.run(job(to, 100_000), { lane: 0, onReport: begun, signal });
  const outcome = training.catch((error: unknown) => error);
  return { outcome, working };
}

describe("both executors", () => {
  it("give the same result for the same job", async () => {
    await using inline = new InlineExecutor(setup, tabularMlp);
    await using workers = new ProcessExecutor(1, setup);
    const lane = { lane: 0 };
    const [a, b] = [await inline.run(job("a", 3), lane), await workers.run(job("b", 3), lane)];
    const untimed = { seconds: 0, startSeconds: 0 };
    expect({ ...b, ...untimed }).toEqual({ ...a, ...untimed });
    const files = ["a", "b"].map((name) => join(folder, name));
    const exports = [];
    for (const [executor, checkpoint] of [
      [inline, files[1] ?? ""],
      [workers, files[0] ?? ""],
    ] as const) {
      const onnx = join(folder, "same.onnx");
      const metadata = { study: "one" };
      const result = await executor.run(
        { kind: "export", genotype, checkpoint, onnx, limits: {}, metadata },
        lane,
      );
      exports.push({ ...result, costs: { ...result.costs, latencyMs: 0 } });
    }
    expect(exports[1]).toEqual(exports[0]);
    const measured = [inline, workers].map((it) => it.run({ kind: "measure", genotype }, lane));
    const [c, d] = await Promise.all(measured);
    expect(c?.proxy).toBe(d?.proxy);
    expect(await inline.run({ kind: "baseline" }, lane)).toEqual(
      await workers.run({ kind: "baseline" }, lane),
    );
  });
});

describe("worker processes", () => {
  it("that die lose their job only: the next one has a new worker", async () => {
    await using executor = new ProcessExecutor(2, setup);
    const other = executor.run(job("other", 40), { lane: 1 });
    const { outcome, working } = atWork(executor, "killed");
    await working;
    const [pid = 0] = executor.pids;
    process.kill(pid, "SIGKILL");
    const error = await outcome;
    if (!(error instanceof MorphError)) throw new Error("not lost", { cause: error });
    expect(error.issue).toMatchObject({ code: "worker_lost", received: "signal SIGKILL" });
    expect(error.issue.hint).toContain("--workers");
    expect((await executor.run(job("next"), { lane: 0 })).epochs).toBe(1);
    expect(executor.pids).not.toContain(pid);
    expect((await other).epochs).toBe(40);
  });

  it("that say nothing for too long are killed", async () => {
    await using executor = new ProcessExecutor(1, setup, { silenceMs: 4000 });
    // Opening the data and the first epochs take less than that, stopped it says nothing.
    const { outcome, working } = atWork(executor, "hung");
    await working;
    const [pid = 0] = executor.pids;
    process.kill(pid, "SIGSTOP");
    const began = performance.now();
    const error = await outcome;
    expect(performance.now() - began).toBeLessThan(8000);
    if (!(error instanceof MorphError)) throw new Error("not lost", { cause: error });
    expect(error.issue).toMatchObject({ code: "worker_lost", received: "no sign of life for 4 s" });
    expect(isAlive(pid)).toBe(false);
    expect((await executor.run(job("next"), { lane: 0 })).epochs).toBe(1);
  });

  it("that do not hear are killed when their job is stopped", async () => {
    await using executor = new ProcessExecutor(1, setup);
    const controller = new AbortController();
    const { outcome, working } = atWork(executor, "deaf", controller.signal);
    await working;
    const [pid = 0] = executor.pids;
    process.kill(pid, "SIGSTOP");
    const reason = new Error("enough");
    controller.abort(reason);
    const began = performance.now();
    expect(await outcome).toBe(reason);
    expect(performance.now() - began).toBeLessThan(1500);
    expect(isAlive(pid)).toBe(false);
  });

  it("end with their executor, and none begins after it", async () => {
    const executor = new ProcessExecutor(2, setup);
    await Promise.all([0, 1].map((lane) => executor.run({ kind: "measure", genotype }, { lane })));
    const { pids } = executor;
    expect(pids).toHaveLength(2);
    await executor[Symbol.asyncDispose]();
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(executor.run(job("late"), { lane: 0 })).rejects.toThrow(/an executor that is open/);
    expect(executor.pids).toEqual([]);
  });

  it("end when their parent is killed", async () => {
    const long = { ...job("orphan", 100_000) };
    const parent = new Program("test/fixtures/executor-parent.mjs", [
      JSON.stringify(setup),
      JSON.stringify(long),
      "2",
    ]);
    const pids = await parent.next();
    if (!Array.isArray(pids)) throw new Error("no process ids");
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual(pids);
    await parent.end("SIGKILL");
    for (let i = 0; i < 60 && pids.some(isAlive); i++) await sleep(50);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("are given a job again where the first died of it, a few times", async () => {
    await using executor = new ProcessExecutor(1, setup);
    const killed = new Set<number>();
    const kill = (times: number) => () => {
      for (const pid of executor.pids) {
        if (killed.size < times) killed.add(pid);
        if (killed.has(pid)) process.kill(pid, "SIGKILL");
      }
    };
    const twice = await runAgain(executor, job("again", 3), { lane: 0, onReport: kill(2) });
    expect(twice.epochs).toBe(3);
    expect(killed.size).toBe(2);
    killed.clear();
    const never = runAgain(executor, job("never", 100_000), { lane: 0, onReport: kill(99) });
    await expect(never).rejects.toThrow(/worker_lost/);
    expect(killed.size).toBe(3);
  });
});

/** A process that has ended and is not yet collected still has a number, but no more work. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
