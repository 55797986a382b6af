import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Json, MorphError, sha256Hex } from "../base/index.js";
import type { Executor, WorkerSetup } from "../study/index.js";

export interface ExecutorUnderTest {
  /** What workers are told: small data, quickly trained. */
  readonly setup: WorkerSetup;
  /** A genotype of the setup's space. */
  readonly genotype: Json;
  readonly open: (setup: WorkerSetup) => Executor;
}

/** What every executor must do. Call it in a test file for each. */
export function executorContract(name: string, { setup, genotype, open }: ExecutorUnderTest): void {
  describe(`executor contract: ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "morph-executor-"));
    let executor: Executor;
    beforeAll(() => {
      executor = open(setup);
    });
    afterAll(async () => {
      await executor[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    const train = (to: string, more: { epochs?: number; from?: string; seed?: number } = {}) => ({
      ...{ kind: "train" as const, trial: 0, rung: 0, genotype, epochs: 1, seed: 7, ...more },
      ...{ to: join(folder, to), from: more.from === undefined ? undefined : join(folder, more.from) },
    });
    const lane = { lane: 0 };

    it("measures: costs and a proxy, the same each time but for the latency", async () => {
      const [a, b] = [
        await executor.run({ kind: "measure", genotype }, lane),
        await executor.run({ kind: "measure", genotype }, lane),
      ];
      expect(a.costs.params).toBeGreaterThan(0);
      expect(a.costs.macs).toBeGreaterThan(0);
      expect(a.costs.latencyMs).toBeGreaterThan(0);
      expect(Number.isFinite(a.proxy)).toBe(true);
      expect(b.proxy).toBe(a.proxy);
      expect({ ...b.costs, latencyMs: 0 }).toEqual({ ...a.costs, latencyMs: 0 });
    });

    it("trains: a point an epoch, the last one is the result, the state lies in the file", async () => {
      const epochs: number[] = [];
      const scores: number[] = [];
      const result = await executor.run(train("a.ckpt", { epochs: 3 }), {
        ...lane,
        onReport: ({ point }) => {
          if (point === undefined) return;
          epochs.push(point.epoch);
          scores.push(point.valAccuracy);
        },
      });
      expect(epochs).toEqual([1, 2, 3]);
      expect(result).toMatchObject({ kind: "train", epochs: 3, score: scores[2] });
      expect(existsSync(join(folder, "a.ckpt"))).toBe(true);
    });

    it("gives the same for the same seed, bit for bit, and something else for another", async () => {
      const runs = [];
      for (const [to, seed] of [
        ["b.ckpt", 7],
        ["c.ckpt", 7],
        ["d.ckpt", 8],
      ] as const) {
        const { score, loss } = await executor.run(train(to, { epochs: 2, seed }), lane);
        runs.push({ score, loss, bytes: sha256Hex(readFileSync(join(folder, to))) });
      }
      expect(runs[1]).toEqual(runs[0]);
      expect(runs[2]?.bytes).not.toBe(runs[0]?.bytes);
    });

    it("goes on where a file left off", async () => {
      await executor.run(train("e.ckpt", { epochs: 2 }), lane);
      const { epochs } = await executor.run(train("f.ckpt", { from: "e.ckpt", epochs: 3 }), lane);
      expect(epochs).toBe(5);
      await executor.run(train("g.ckpt", { from: "e.ckpt", epochs: 3 }), lane);
      expect(readFileSync(join(folder, "f.ckpt")).equals(readFileSync(join(folder, "g.ckpt")))).toBe(true);
    });

    it("exports: the file that it describes", async () => {
      await executor.run(train("h.ckpt", { epochs: 2 }), lane);
      const onnx = join(folder, "h.onnx");
      const result = await executor.run(
        {
          kind: "export",
          genotype,
          checkpoint: join(folder, "h.ckpt"),
          onnx,
          limits: {},
          metadata: { a: "b" },
        },
        lane,
      );
      const bytes = readFileSync(onnx);
      expect(result.sha256).toBe(sha256Hex(bytes));
      expect(result.fileBytes).toBe(bytes.length);
      expect(result.costs.latencyMs).toBeGreaterThan(0);
      expect(result.testExamples).toBeGreaterThan(0);
      expect(result.testScore).toBeGreaterThanOrEqual(0);
      expect(result.testScore).toBe((result.testCorrect ?? 0) / result.testExamples);
    });

    it("measures baselines", async () => {
      const { constant, linear } = await executor.run({ kind: "baseline" }, lane);
      expect(constant).toBeGreaterThan(0);
      expect(linear).toBeGreaterThan(constant);
    });

    it("says what is wrong, with a code, and does the next job", async () => {
      writeFileSync(join(folder, "bad.ckpt"), "this is no checkpoint");
      writeFileSync(join(folder, "file"), "");
      const refusals = [
        [train("x.ckpt", { from: "nowhere.ckpt" }), "checkpoint_missing"],
        [train("x.ckpt", { from: "bad.ckpt" }), "checkpoint_corrupt"],
        [train("file/x.ckpt"), "file_unwritable"],
        [{ ...train("x.ckpt"), genotype: { nonsense: 1 } }, undefined],
      ] as const;
      for (const [job, code] of refusals) {
        const error = await executor.run(job, lane).catch((it: unknown) => it);
        if (!(error instanceof MorphError)) throw new Error("not refused", { cause: error });
        if (code !== undefined) expect(error.code).toBe(code);
        expect(error.message).not.toContain("\n");
      }
      const corrupt = await executor.run(train("x.ckpt", { from: "bad.ckpt" }), lane).catch((it) => it);
      expect(corrupt.issue.path).toBe(join(folder, "bad.ckpt"));
      expect(corrupt.issue.hint).not.toBe("");
      expect(existsSync(join(folder, "x.ckpt"))).toBe(false);
      expect((await executor.run(train("y.ckpt"), lane)).epochs).toBe(1);
    });

    it("refuses other data than the study began with, and data that is gone", async () => {
      for (const [wrong, code] of [
        [{ ...setup, dataHash: "0".repeat(64) }, "data_changed"],
        [{ ...setup, data: { ...setup.data, source: join(folder, "gone.csv") } }, "data_unavailable"],
      ] as const) {
        await using other = open(wrong);
        const error = await other.run({ kind: "measure", genotype }, lane).catch((it: unknown) => it);
        if (!(error instanceof MorphError)) throw new Error("not refused", { cause: error });
        expect(error.code).toBe(code);
        expect(error.issue.hint).toContain("morph resume");
      }
    });

    it("stops within a second of being told, leaves nothing half written, and does the next job", async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      let reports = 0;
      const training = executor.run(train("long.ckpt", { epochs: 100_000 }), {
        ...lane,
        signal: controller.signal,
        onReport: () => {
          if (++reports === 3) controller.abort(reason);
        },
      });
      let aborted = 0;
      controller.signal.addEventListener("abort", () => {
        aborted = performance.now();
      });
      expect(await training.catch((it: unknown) => it)).toBe(reason);
      expect(performance.now() - aborted).toBeLessThan(1000);
      expect(readdirSync(folder).filter((it) => it.includes("long.ckpt"))).toEqual([]);
      expect((await executor.run(train("z.ckpt"), lane)).epochs).toBe(1);
    });

    it("does not begin what was stopped before", async () => {
      const reason = new Error("never mind");
      const signal = AbortSignal.abort(reason);
      const job = executor.run(train("never.ckpt"), { ...lane, signal });
      expect(await job.catch((it: unknown) => it)).toBe(reason);
      expect(existsSync(join(folder, "never.ckpt"))).toBe(false);
    });
  });
}
