import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fail, rngOf } from "../base/index.js";
import type { TrialRow } from "../store/index.js";
import { metricsOf, type ToldMetrics } from "./document.js";
import { codeOf, type Executor, type RunOptions } from "./jobs.js";

/** How much a cycle trains: epochs, and the time after which it ends with the last whole one. */
export interface Work {
  readonly epochs: number;
  readonly timeMs?: number;
}

/** Trains trials from one rung to the next; between them a trial is a file. */
export class RungTrainer {
  constructor(
    private readonly executor: Executor,
    /** The study's folder. */
    private readonly dir: string,
    private readonly seed: number,
  ) {}

  /** Epochs on top of the rung below, or from nothing. Where the file of the rung below is gone, it is made again. */
  async train(trial: TrialRow, rung: number, work: Work, options: RunOptions): Promise<ToldMetrics> {
    const below = trial.rungs.findLast((it) => it.rung < rung);
    const job = {
      kind: "train" as const,
      trial: trial.trial,
      rung,
      genotype: trial.genotype,
      ...work,
      from: below === undefined ? undefined : this.path(trial.trial, below.rung),
      to: this.path(trial.trial, rung),
      // The seed of a trial depends on the study's seed and its own number alone.
      seed: rngOf(this.seed, "trial", trial.trial).uint32(),
    };
    const run = async (): Promise<ToldMetrics> => {
      const { kind: _, ...metrics } = await this.executor.run(job, options);
      return metrics;
    };
    if (below === undefined) return run();
    return this.withFile(trial, below.rung, options, run);
  }

  /** Does something with a rung's file; where the file is missing or damaged, the rung is trained once more. */
  async withFile<T>(trial: TrialRow, rung: number, options: RunOptions, use: () => Promise<T>): Promise<T> {
    try {
      return await use();
    } catch (error) {
      if (!UNREADABLE.has(codeOf(error) ?? "")) throw error;
      await this.restore(trial, rung, options);
      return use();
    }
  }

  /** Training is a function of seed and genotype, so the file comes out as it was. */
  private async restore(trial: TrialRow, rung: number, { lane, signal }: RunOptions): Promise<void> {
    const told = trial.rungs.find((it) => it.rung === rung);
    if (told === undefined) fail("internal", { expected: `rung ${rung} of trial ${trial.trial}` });
    const below = trial.rungs.findLast((it) => it.rung < rung);
    const epochs = metricsOf(told).epochs - (below === undefined ? 0 : metricsOf(below).epochs);
    await this.train(trial, rung, { epochs }, { lane, signal });
  }

  /** Of the rungs below only the results are needed; whoever reads `best` meanwhile opens the newer file. */
  async removeBelow(trial: TrialRow, rung: number): Promise<void> {
    for (const it of trial.rungs) {
      if (it.rung < rung) await rm(this.path(trial.trial, it.rung), { force: true });
    }
  }

  path(trial: number, rung: number): string {
    return join(this.dir, checkpointName(trial, rung));
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(["checkpoint_missing", "checkpoint_corrupt"]);

/** File of a trial behind a rung, relative to the study's folder. */
export function checkpointName(trial: number, rung: number): string {
  return `checkpoints/trial-${trial}-rung-${rung}.ckpt`;
}
