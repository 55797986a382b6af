import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ExitCode, fail, type Issue, issue, type Json, MorphError, messageOf, rngOf } from "../base/index.js";
import type { Space } from "../spaces/index.js";
import type { TrialState as StoredTrial, StudyState } from "../store/index.js";
import type { Searcher, StrategyDefinition } from "../strategies/index.js";
import type { Problem } from "../train/index.js";
import { type Candidate, drawCandidates, mergeRefusals } from "./candidates.js";
import type { TimeBudget } from "./clock.js";
import { configOf, type StudyConfig } from "./config.js";
import { costsOf, documentOf, feasibleShareOf, metricsOf, refusalsOf, type ToldMetrics } from "./document.js";
import { EventQueue } from "./event-queue.js";
import { finishStudy } from "./finish.node.js";
import { type Executor, laneName, type TrainJob } from "./jobs.js";
import { exceeded, nothingFeasible, type Refusals } from "./limits.js";
import type { StudyLog } from "./log.js";
import { nextAction, type RungTrial } from "./rungs.js";
import type { Costs, Limits, SearchDocument, StudyProgress, StudyStatus } from "./types.js";

/** Writes the report of a finished search; handed in, because the report stands on a higher floor. */
export type ReportWriter = (document: SearchDocument, reportPath: string) => Promise<void>;

export interface RunnerParts {
  readonly log: StudyLog;
  readonly dir: string;
  readonly space: Space;
  readonly strategy: StrategyDefinition;
  readonly problem: Problem;
  readonly executor: Executor;
  readonly time: TimeBudget;
  readonly trials: number | null;
  readonly resumed: boolean;
  readonly writeReport?: ReportWriter;
}

/** How often a trial whose worker died is begun anew. */
const MAX_ATTEMPTS = 2;

/** What a lane does next. */
type Task =
  | { readonly kind: "train"; readonly trial: number; readonly rung: number; readonly attempt: number }
  | { readonly kind: "ask"; readonly trial: number }
  | { readonly kind: "wait" }
  | { readonly kind: "done" };

/**
 * Carries a study on from where its log stands: lanes take the next piece of work, one after the other, until
 * nothing is left; then the finalists are trained to the end and the winner is written. Every decision is a
 * function of the log and the seed.
 */
export class StudyRunner {
  private readonly config: StudyConfig;
  private readonly searcher: Searcher;
  private readonly events = new EventQueue<StudyProgress>();
  private readonly busy = new Set<number>();
  private readonly asking = new Set<number>();
  private waiting: (() => void)[] = [];
  private exhausted = false;
  private phase: StudyStatus["phase"] = "searching";
  private refusals: Refusals;
  private nextTrial: number;

  constructor(
    private readonly name: string,
    private readonly parts: RunnerParts,
  ) {
    const state = parts.log.state();
    this.config = configOf(state.config, name);
    this.searcher = parts.strategy.searcher(this.config.strategy.options);
    this.refusals = refusalsOf(state);
    this.nextTrial = state.nextTrial;
    // What was told is told again to the strategy, in the order of the log.
    for (const { trial, rung } of parts.log.tells) {
      const stored = state.trials.get(trial);
      const result = stored?.rungs.find((r) => r.rung === rung);
      if (stored !== undefined && result !== undefined)
        this.tellSearcher(stored, rung, metricsOf(result).score);
    }
  }

  get checkpointDir(): string {
    return join(this.parts.dir, "checkpoints");
  }

  async *run(signal?: AbortSignal): AsyncGenerator<StudyProgress> {
    const work = this.work(signal).then(
      () => this.events.end(),
      (error) => this.events.fail(error),
    );
    try {
      yield* this.events;
    } finally {
      await work;
    }
  }

  private async work(signal?: AbortSignal): Promise<void> {
    const { log, executor, trials, resumed } = this.parts;
    const state = log.state();
    await mkdir(this.checkpointDir, { recursive: true });
    this.events.push({
      type: "opened",
      study: this.name,
      resumed,
      trialsBefore: state.trials.size,
      total: trials,
      workers: executor.size,
    });
    const stop = AbortSignal.any([log.lost, ...(signal === undefined ? [] : [signal])]);
    try {
      if (resumed) await this.reopen(state);
      await this.search(stop);
      stop.throwIfAborted();
      this.phase = "training the winner";
      await this.trainFinalists(stop);
      this.phase = "writing";
      await finishStudy(this.name, this.parts, this.config, stop);
      await this.parts.log.append({
        kind: "finished",
        reason: this.exhausted ? "space exhausted" : "budget spent",
      });
      this.phase = "finished";
      await this.report(stop);
      // Checkpoints stay: a finished study may be given more trials, and its best so far must then be at hand.
      this.events.push({ type: "finished", document: this.document() });
    } catch (error) {
      if (signal?.aborted && !log.lost.aborted) {
        await log.append({ kind: "interrupted", reason: messageOf(signal.reason) });
      }
      throw error;
    }
  }

  /** The report is made from the document that says where it lies. */
  private async report(stop: AbortSignal): Promise<void> {
    const document = this.document();
    if (this.parts.writeReport === undefined || document.best === null) return;
    stop.throwIfAborted();
    await this.parts.writeReport(document, document.best.report);
  }

  /** Work that was cut off begins anew under the next attempt. */
  private async reopen(state: StudyState): Promise<void> {
    await this.parts.log.append({ kind: "resumed" });
    for (const t of state.trials.values()) {
      if (t.phase !== "running" || t.latest === undefined) continue;
      const { rung, attempt } = t.latest;
      await this.parts.log.append({
        kind: "requeued",
        trial: t.trial,
        rung,
        attempt: attempt + 1,
        reason: "the process ended",
      });
    }
  }

  private async search(stop: AbortSignal): Promise<void> {
    const { executor, time } = this.parts;
    const timeUp = new AbortController();
    const left = time.searchLeftMs;
    const timer = Number.isFinite(left) ? setTimeout(() => timeUp.abort(), Math.max(0, left)) : undefined;
    const signal = AbortSignal.any([stop, timeUp.signal]);
    try {
      await Promise.all(Array.from({ length: executor.size }, (_, lane) => this.lane(lane, signal)));
    } catch (error) {
      // Time is up: what has results goes on to the final; the rest stays unfinished.
      if (!timeUp.signal.aborted || stop.aborted || !isAbort(error, signal)) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private async lane(lane: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const task = this.next();
      if (task.kind === "done") break;
      if (task.kind === "wait") {
        await new Promise<void>((resolve) => {
          this.waiting.push(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        continue;
      }
      try {
        if (task.kind === "ask") await this.ask(lane, task.trial, signal);
        else await this.train(lane, task, signal);
      } finally {
        const waiting = this.waiting;
        this.waiting = [];
        for (const wake of waiting) wake();
      }
    }
  }

  /** Decide, and mark what was decided as taken; runs without interruption. */
  private next(): Task {
    const { trials } = this.parts;
    const state = this.parts.log.state();
    const all = [...state.trials.values()];
    const fresh = all.find((t) => t.phase === "asked" && !this.busy.has(t.trial));
    if (fresh !== undefined) return this.take(fresh, 0);
    const mayAsk = !this.exhausted && (trials === null || this.nextTrial < trials);
    const busy = this.busy.size > 0 || this.asking.size > 0;
    const rungTrials = all
      .filter((t) => t.phase !== "failed")
      .map(
        (t): RungTrial => ({
          trial: t.trial,
          scores: t.rungs
            .filter((r) => r.rung < this.config.budget.rungs.length)
            .map((r) => metricsOf(r).score),
          free: !this.busy.has(t.trial),
        }),
      );
    const action = nextAction(rungTrials, {
      rungs: this.config.budget.rungs.length,
      eta: this.config.budget.eta,
      mayAsk,
      busy,
    });
    if (action.kind === "ask") {
      const trial = this.nextTrial++;
      this.asking.add(trial);
      return { kind: "ask", trial };
    }
    if (action.kind !== "promote") return action;
    const trial = state.trials.get(action.trial);
    return trial === undefined ? { kind: "done" } : this.take(trial, action.rung);
  }

  private take(trial: StoredTrial, rung: number): Task {
    this.busy.add(trial.trial);
    return { kind: "train", trial: trial.trial, rung, attempt: attemptOf(trial, rung) };
  }

  /** Find a candidate that keeps every limit, measure it, and write it down as a trial. */
  private async ask(lane: number, trial: number, signal: AbortSignal): Promise<void> {
    const { space, problem, executor, log } = this.parts;
    const { limits, seed, pool } = this.config;
    try {
      let refusals: Refusals = { count: 0, reasons: {}, smallest: null };
      let best: (Omit<Candidate, "costs"> & { readonly costs: Costs; readonly proxy: number }) | undefined;
      // Candidates that kept every limit, the ranking's losers included.
      let feasible = 0;
      for (let round = 0; round < 4 && best === undefined; round++) {
        const known = new Set([...log.state().trials.values()].map((t) => t.hash));
        const drawn = drawCandidates({
          space,
          problem,
          // What cannot be trained in the time is not worth a trial; where nothing else is left, it is tried.
          limits: round < 2 ? affordable(limits, this.config.affordableMacs) : limits,
          seed,
          trial: trial + round * 1_000_003,
          wanted: pool,
          known,
          propose: (attempt) => this.searcher.ask(space.schema, rngOf(seed, "ask", trial, round, attempt)),
        });
        if (round >= 2 || this.config.affordableMacs === null) {
          refusals = mergeRefusals(refusals, drawn.refusals, limits);
        } else refusals = mergeRefusals(refusals, namedForTime(drawn.refusals, limits, this.config), limits);
        for (const candidate of drawn.candidates) {
          signal.throwIfAborted();
          const measured = await executor.run(
            { kind: "measure", genotype: candidate.genotype },
            { lane, signal },
          );
          const over = exceeded(measured.costs, limits);
          if (over.length > 0) {
            const reasons = Object.fromEntries(over.map(({ name }) => [name, 1]));
            refusals = mergeRefusals(refusals, { count: 1, reasons, smallest: measured.costs }, limits);
            continue;
          }
          feasible++;
          if (best === undefined || measured.proxy > best.proxy) {
            best = { ...candidate, costs: measured.costs, proxy: measured.proxy };
          }
        }
        if (drawn.candidates.length === 0 && drawn.duplicates > 0) break;
      }
      this.refusals = mergeRefusals(this.refusals, refusals, limits);
      const rejected =
        refusals.count === 0
          ? []
          : [
              {
                kind: "rejected" as const,
                count: refusals.count,
                reasons: refusals.reasons,
                smallest: this.refusals.smallest as unknown as Json,
              },
            ];
      if (best === undefined) {
        if (rejected.length > 0) await log.append(...rejected);
        if (log.state().trials.size === 0 && this.asking.size === 1 && this.busy.size === 0) {
          throw nothingFeasible(limits, this.refusals, space.name);
        }
        this.exhausted = true;
        return;
      }
      const { genotype, hash, origin, parent, costs, proxy } = best;
      await log.append(...rejected, {
        kind: "asked",
        trial,
        genotype,
        hash,
        origin,
        ...(parent !== undefined && { parent }),
        static: { ...costs, proxy, feasible } as unknown as Json,
      });
      this.events.push({ type: "asked", trial, origin, genotype, costs });
    } finally {
      this.asking.delete(trial);
    }
  }

  private async train(
    lane: number,
    task: Extract<Task, { kind: "train" }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.parts;
    const { trial, rung } = task;
    const stored = log.state().trials.get(trial);
    if (stored === undefined) fail("internal", { expected: `trial ${trial} in the log` });
    try {
      await log.append({ kind: "started", trial, attempt: task.attempt, rung, worker: laneName(lane) });
      const metrics = await this.cycle(lane, stored, rung, this.cycleEpochs(rung), signal);
      await this.told(stored, rung, metrics);
    } catch (error) {
      await this.failed(task, error, signal);
    } finally {
      this.busy.delete(trial);
    }
  }

  /** Epochs that a rung adds to the one below. */
  private cycleEpochs(rung: number): number {
    const { rungs } = this.config.budget;
    return (rungs[rung] ?? 0) - (rungs[rung - 1] ?? 0);
  }

  private async cycle(
    lane: number,
    trial: StoredTrial,
    rung: number,
    epochs: number,
    signal: AbortSignal,
    timeMs = Number.POSITIVE_INFINITY,
  ): Promise<ToldMetrics> {
    const below =
      trial.rungs.find((r) => r.rung === rung - 1) ?? trial.rungs.filter((r) => r.rung < rung).at(-1);
    const job: TrainJob = {
      kind: "train",
      trial: trial.trial,
      rung,
      genotype: trial.genotype,
      epochs,
      from: below?.checkpoint === undefined ? undefined : join(this.parts.dir, below.checkpoint),
      to: join(this.parts.dir, checkpointName(trial.trial, rung)),
      // The seed of a trial depends on the study's seed and its own number alone.
      seed: rngOf(this.config.seed, "trial", trial.trial).uint32(),
      ...(Number.isFinite(timeMs) && { timeMs }),
    };
    const { kind: _, ...metrics } = await this.parts.executor.run(job, {
      lane,
      signal,
      onReport: ({ point }) => {
        if (point === undefined) return;
        const metrics = point as unknown as Json;
        void this.parts.log
          .append({ kind: "reported", trial: trial.trial, rung, epoch: point.epoch, metrics })
          .catch(() => undefined);
        this.events.push({ type: "epoch", trial: trial.trial, rung, point });
      },
    });
    return metrics;
  }

  private async told(trial: StoredTrial, rung: number, metrics: ToldMetrics): Promise<void> {
    const checkpoint = checkpointName(trial.trial, rung);
    const last = rung >= this.config.budget.rungs.length - 1;
    await this.parts.log.append({
      kind: "told",
      trial: trial.trial,
      rung,
      metrics: metrics as unknown as Json,
      score: metrics.score,
      checkpoint,
    });
    this.tellSearcher(trial, rung, metrics.score);
    // The file of the rung below is not needed any more; whoever reads `best` meanwhile opens the newer one.
    for (const older of trial.rungs) {
      if (older.checkpoint !== undefined && older.rung < rung) {
        await rm(join(this.parts.dir, older.checkpoint), { force: true });
      }
    }
    this.events.push({ type: "rung", trial: trial.trial, rung, valAccuracy: metrics.score, promoted: !last });
  }

  private tellSearcher(trial: StoredTrial, rung: number, score: number): void {
    this.searcher.tell({ trial: trial.trial, genotype: trial.genotype, score, rung });
  }

  private async failed(
    task: Extract<Task, { kind: "train" }>,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.parts;
    const { trial, rung, attempt } = task;
    if (signal.aborted) {
      await log.append({ kind: "requeued", trial, rung, attempt: attempt + 1, reason: "stopped" });
      throw error;
    }
    const cause: Issue =
      error instanceof MorphError ? error.issue : issue("trial_error", { received: messageOf(error) });
    const again = cause.code === "worker_lost" && attempt < MAX_ATTEMPTS;
    if (cause.code === "disk_full") throw error;
    await log.append(
      again
        ? { kind: "requeued", trial, rung, attempt: attempt + 1, reason: cause.received ?? cause.code }
        : { kind: "failed", trial, rung, error: cause },
    );
    this.events.push({ type: "failed", trial, error: cause, willRetry: again });
  }

  /** The best trials get the epochs that the search saved; each on a lane of its own. */
  private async trainFinalists(stop: AbortSignal): Promise<void> {
    const { log, executor, time } = this.parts;
    const { budget } = this.config;
    const rung = budget.rungs.length;
    const ranked = [...log.state().trials.values()]
      .filter((t) => t.phase !== "failed" && t.rungs.length > 0)
      .sort((a, b) => searchScore(b, rung) - searchScore(a, rung) || a.trial - b.trial);
    if (ranked.length === 0) throw nothingTrained(log.state(), this.refusals, this.config);
    const queue = ranked
      .slice(0, Math.max(1, budget.finalists))
      .filter((t) => !t.rungs.some((r) => r.rung === rung));
    await Promise.all(
      Array.from({ length: Math.min(executor.size, queue.length) }, async (_, lane) => {
        for (let trial = queue.shift(); trial !== undefined; trial = queue.shift()) {
          const epochMs =
            (1000 * trial.rungs.reduce((s, r) => s + metricsOf(r).seconds, 0)) / lastEpochs(trial);
          const inTurn = Math.ceil((queue.length + 1) / executor.size);
          const epochs = time.finalEpochs(budget.finalEpochs, epochMs * inTurn);
          this.events.push({ type: "final", trial: trial.trial, epochs });
          const attempt = attemptOf(trial, rung);
          await log.append({ kind: "started", trial: trial.trial, attempt, rung, worker: laneName(lane) });
          try {
            const inTime = time.trainingMs;
            await this.told(trial, rung, await this.cycle(lane, trial, rung, epochs, stop, inTime / inTurn));
          } catch (error) {
            if (stop.aborted) {
              await log.append({
                kind: "requeued",
                trial: trial.trial,
                rung,
                attempt: attempt + 1,
                reason: "stopped",
              });
              throw error;
            }
            // A finalist that fails keeps what it had before.
            const cause =
              error instanceof MorphError
                ? error.issue
                : issue("trial_error", { received: messageOf(error) });
            if (cause.code === "disk_full") throw error;
            await log.append({
              kind: "requeued",
              trial: trial.trial,
              rung,
              attempt: attempt + 1,
              reason: cause.code,
            });
            this.events.push({ type: "failed", trial: trial.trial, error: cause, willRetry: false });
          }
        }
      }),
    );
  }

  status(): StudyStatus {
    const { log, time, trials } = this.parts;
    const state = log.state();
    const all = [...state.trials.values()];
    const running = this.busy.size;
    const done = all.filter((t) => t.rungs.length > 0 || t.phase === "failed").length;
    const best = state.best === undefined ? undefined : state.trials.get(state.best.trial);
    const { elapsedMs } = time;
    return {
      study: this.name,
      phase: this.phase,
      done,
      running,
      total: trials,
      feasibleShare: feasibleShareOf(all, this.refusals.count),
      best:
        best?.score === undefined
          ? null
          : { trial: best.trial, valAccuracy: best.score, costs: costsOf(best) },
      elapsedMs,
      etaMs: this.etaMs(all, elapsedMs),
      metric: this.config.dataset.task === "classification" ? "accuracy" : "r2",
    };
  }

  /** Epochs still to come, at the pace of the epochs so far, spread over the lanes. */
  private etaMs(all: readonly StoredTrial[], elapsedMs: number): number | null {
    const { time, trials, executor } = this.parts;
    const { rungs, eta, finalEpochs, finalists } = this.config.budget;
    if (Number.isFinite(time.leftMs) && trials === null) return Math.max(0, time.leftMs);
    if (trials === null) return null;
    const spent = all.reduce((sum, t) => sum + (t.curve.length > 0 ? t.curve.length : 0), 0);
    if (spent < 2 || this.phase === "finished") return null;
    let planned = finalists * finalEpochs;
    rungs.forEach((_, r) => {
      planned += Math.max(1, Math.floor(trials / eta ** r)) * this.cycleEpochs(r);
    });
    const pace = elapsedMs / spent;
    const left =
      Math.max(0, planned - spent) *
      pace *
      (this.phase === "searching" ? 1 : 1 / Math.min(executor.size, finalists));
    return Math.min(left, Number.isFinite(time.leftMs) ? Math.max(0, time.leftMs) : left);
  }

  document(): SearchDocument {
    return documentOf(this.name, this.parts.log.state(), this.phase !== "finished");
  }
}

/** Limits with the multiplications that the study's time allows. */
function affordable(limits: Limits, macs: number | null): Limits {
  return macs === null
    ? limits
    : { ...limits, macs: Math.min(limits.macs ?? Number.POSITIVE_INFINITY, macs) };
}

/** Refusals for want of time are not the fault of a limit that the user set, and are counted apart. */
function namedForTime(refusals: Refusals, limits: Limits, config: StudyConfig): Refusals {
  const { macs = 0, ...others } = refusals.reasons;
  if (macs === 0 || (limits.macs ?? Number.POSITIVE_INFINITY) <= (config.affordableMacs ?? 0))
    return refusals;
  return { ...refusals, reasons: { ...others, trainingTime: macs } };
}

/** Number of the next attempt at a rung: 1 for the first. */
function attemptOf(trial: StoredTrial, rung: number): number {
  return trial.latest?.rung === rung ? trial.latest.attempt + 1 : 1;
}

/** Score by which finalists are chosen: of the highest rung below the final one. */
function searchScore(trial: StoredTrial, final: number): number {
  const last = trial.rungs.filter((r) => r.rung < final).at(-1);
  return last === undefined ? Number.NEGATIVE_INFINITY : metricsOf(last).score;
}

function lastEpochs(trial: StoredTrial): number {
  const last = trial.rungs.at(-1);
  return Math.max(1, last === undefined ? 1 : metricsOf(last).epochs);
}

export function checkpointName(trial: number, rung: number): string {
  return `checkpoints/trial-${trial}-rung-${rung}.ckpt`;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === "AbortError");
}

/** No trial has a result: the first cause, or that the time was too short. */
function nothingTrained(state: StudyState, refusals: Refusals, config: StudyConfig): MorphError {
  const failed = [...state.trials.values()].find((t) => t.error !== undefined);
  if (failed?.error !== undefined) {
    return new MorphError(
      issue("all_trials_failed", {
        path: `trial ${failed.trial}`,
        received: `${failed.error.code}${failed.error.received === undefined ? "" : `: ${failed.error.received}`}`,
        hint: failed.error.hint,
      }),
      { exitCode: ExitCode.failure },
    );
  }
  if (state.trials.size === 0 && refusals.count > 0)
    return nothingFeasible(config.limits, refusals, config.space.name);
  return new MorphError(
    issue("budget_spent", {
      expected: "time for at least one trial",
      received: "none had finished its first epochs when the time was up",
      hint: "give more --time, or limit the work of a network with --max-macs",
    }),
    { exitCode: ExitCode.budgetSpent },
  );
}

/** Leftover checkpoints of a study, for those who clean up. */
export async function checkpointFiles(dir: string): Promise<string[]> {
  return (await readdir(join(dir, "checkpoints")).catch(() => [])).sort();
}
