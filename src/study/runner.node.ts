import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fail, messageOf } from "../base/index.js";
import { recipeFor, type Space } from "../spaces/index.js";
import { sweepParts, type TrialRow } from "../store/index.js";
import type { Searcher, StrategyDefinition, StrategyTools } from "../strategies/index.js";
import type { Problem } from "../train/index.js";
import { findCandidate } from "./asking.js";
import { mergeRefusals } from "./candidates.js";
import type { TimeBudget } from "./clock.js";
import { configOf, type StudyConfig } from "./config.js";
import { costsOf, documentOf, feasibleShareOf, refusalsOf, type ToldMetrics } from "./document.js";
import { EventQueue } from "./event-queue.js";
import { finishStudy } from "./finish.node.js";
import { causeOf, codeOf, type Executor, endsStudy, laneName, MAX_DEATHS } from "./jobs.js";
import { nothingFeasible, type Refusals } from "./limits.js";
import type { StudyLog } from "./log.js";
import { payload } from "./payload.js";
import { estimateMs, nothingTrained } from "./progress.js";
import { checkpointName, RungTrainer } from "./rung-trainer.node.js";
import { askedEvent, scoredOf, toldBefore } from "./scored.js";
import { attemptOf, pace, searchScore } from "./trial-row.js";
import type { SearchDocument, StudyProgress, StudyStatus } from "./types.js";

/** Writes the report of a finished search; handed in, because the report stands on a higher floor. */
export type ReportWriter = (document: SearchDocument, reportPath: string) => Promise<void>;

export interface RunnerParts {
  readonly log: StudyLog;
  readonly dir: string;
  readonly space: Space;
  readonly strategy: StrategyDefinition;
  readonly tools: StrategyTools;
  readonly problem: Problem;
  readonly executor: Executor;
  readonly time: TimeBudget;
  readonly trials: number | null;
  readonly resumed: boolean;
  /** Work beyond what the study has done: false where a finished one is resumed as it is. */
  readonly extended: boolean;
  readonly writeReport?: ReportWriter;
}

/** What a lane does next. */
type Task =
  | { readonly kind: "train"; readonly trial: number; readonly rung: number }
  | { readonly kind: "ask"; readonly trial: number }
  | { readonly kind: "wait" }
  | { readonly kind: "done" };

/**
 * Carries a study on from where its log stands: lanes take the next piece of work, one after the other, until
 * nothing is left; then the finalists are trained to the end and the winner is written. Every decision is a
 * function of the log and the seed.
 */
export class StudyRunner implements AsyncDisposable {
  private readonly config: StudyConfig;
  private readonly searcher: Searcher;
  private readonly events = new EventQueue<StudyProgress>();
  private readonly trainer: RungTrainer;
  private readonly busy = new Set<number>();
  private readonly asking = new Set<number>();
  /** Architectures that lanes are measuring, so that no two make the same a trial. */
  private readonly claimed = new Set<string>();
  /** Workers that died over a trial in this session. */
  private readonly deaths = new Map<number, number>();
  private waiting: (() => void)[] = [];
  /** Why no more trials can be asked for, where that is so. */
  private exhausted: string | undefined;
  private active = false;
  private phase: StudyStatus["phase"] = "searching";
  private refusals: Refusals;
  private nextTrial: number;
  private readonly reportsBefore: number;

  constructor(
    private readonly name: string,
    private readonly parts: RunnerParts,
  ) {
    const { log, dir, executor } = parts;
    this.config = configOf(log.config, name);
    this.searcher = parts.strategy.searcher(this.config.strategy.options, parts.tools);
    this.trainer = new RungTrainer(executor, dir, this.config.seed);
    this.refusals = refusalsOf(log.totals);
    this.nextTrial = log.totals.nextTrial;
    this.reportsBefore = log.reports;
    // What was told is told again to the strategy, in the order of the log.
    for (const it of toldBefore(log, this.config)) this.searcher.tell(it);
  }

  get checkpointDir(): string {
    return join(this.parts.dir, "checkpoints");
  }

  /** Who stops reading stops the study. */
  async *run(signal?: AbortSignal): AsyncGenerator<StudyProgress> {
    const unread = new AbortController();
    const stop = AbortSignal.any([unread.signal, ...(signal === undefined ? [] : [signal])]);
    this.active = true;
    const work = this.work(stop).then(
      () => this.ended(() => this.events.end()),
      (error) => this.ended(() => this.events.fail(error)),
    );
    try {
      yield* this.events;
    } finally {
      unread.abort();
      await work;
    }
  }

  private ended(tell: () => void): void {
    this.active = false;
    tell();
  }

  private async work(user: AbortSignal): Promise<void> {
    const { log, executor, trials, resumed, extended } = this.parts;
    const { stepsPerEpoch, validationExamples, recipe, dataset } = this.config;
    await mkdir(this.checkpointDir, { recursive: true });
    this.events.push({
      type: "opened",
      study: this.name,
      resumed,
      trialsBefore: log.trials().length,
      total: trials,
      workers: executor.size,
      ...(stepsPerEpoch !== undefined && {
        shortened: {
          stepsPerEpoch,
          batchSize: recipe.batchSize,
          validationExamples: validationExamples ?? dataset.validation,
        },
      }),
    });
    const { notice } = this.searcher;
    if (notice !== undefined) this.events.push({ type: "note", text: notice });
    const stop = AbortSignal.any([log.lost, user]);
    try {
      if (log.totals.phase !== "finished" || extended) {
        if (resumed) await this.reopen();
        await this.search(stop);
        this.phase = "training the winner";
        await this.trainFinalists(stop);
        this.phase = "writing";
        await finishStudy(this.name, this.parts, this.config, this.trainer, stop);
        await log.append({ kind: "finished", reason: this.exhausted ?? "budget spent" });
      }
      this.phase = "finished";
      // A worker of a dead session may have been alive at the start, and died since in the middle of a file.
      await this.sweep();
      await this.report(stop);
      // Checkpoints stay: a finished study may be given more trials, and its best so far must then be at hand.
      this.events.push({ type: "finished", document: this.document() });
    } catch (error) {
      if (user.aborted && !log.lost.aborted && this.phase !== "finished") {
        await log.append({ kind: "interrupted", reason: messageOf(user.reason) });
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
  private async reopen(): Promise<void> {
    const { log } = this.parts;
    await log.append({ kind: "resumed" });
    for (const t of log.trials()) {
      if (t.phase === "running" && t.latest !== undefined) {
        await this.requeue(t.trial, t.latest.rung, t.latest.attempt, "the process ended");
      }
    }
    await this.sweep();
  }

  private async sweep(): Promise<void> {
    for (const folder of [this.parts.dir, this.checkpointDir]) await sweepParts(folder);
  }

  private requeue(trial: number, rung: number, attempt: number, reason: string): Promise<unknown> {
    return this.parts.log.append({ kind: "requeued", trial, rung, attempt: attempt + 1, reason });
  }

  /** All lanes at once, until nothing is left, the time is up or one of them fails. */
  private async search(stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const { time, log } = this.parts;
    const disarm = time.atSearchEnd(
      () => over.abort(),
      () => log.best !== undefined,
    );
    const wake = () => this.wake();
    over.signal.addEventListener("abort", wake);
    stop.addEventListener("abort", wake);
    try {
      await this.lanes(this.parts.executor.size, over, stop, (lane, signal) => this.lane(lane, signal));
    } finally {
      disarm();
      stop.removeEventListener("abort", wake);
    }
  }

  /**
   * The same work on several lanes. Where one fails the others stop too, and only then it is thrown: nothing is
   * left behind that still runs. Aborting `over` ends the work without a failure.
   */
  private async lanes(
    count: number,
    over: AbortController,
    stop: AbortSignal,
    work: (lane: number, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const signal = AbortSignal.any([stop, over.signal]);
    let failure: { readonly error: unknown } | undefined;
    await Promise.all(
      Array.from({ length: count }, async (_, lane) => {
        try {
          await work(lane, signal);
        } catch (error) {
          if (signal.aborted && (isAbort(error, signal) || failure !== undefined)) return;
          failure ??= { error };
          over.abort();
        }
      }),
    );
    stop.throwIfAborted();
    if (failure !== undefined) throw failure.error;
  }

  private async lane(lane: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const task = this.next();
      if (task.kind === "done") break;
      if (task.kind === "wait") {
        await new Promise<void>((resolve) => this.waiting.push(resolve));
        continue;
      }
      try {
        if (task.kind === "ask") await this.ask(lane, task.trial, signal);
        else await this.train(lane, task.trial, task.rung, this.cycleEpochs(task), signal);
      } finally {
        if (task.kind === "train") this.busy.delete(task.trial);
        this.wake();
      }
    }
  }

  private wake(): void {
    for (const resume of this.waiting.splice(0)) resume();
  }

  /** Decide, and mark what was decided as taken; runs without interruption. */
  private next(): Task {
    const { trials, log } = this.parts;
    for (const trial of log.queued) {
      if (!this.busy.has(trial)) return this.take(trial, log.rungs.firstRung(trial));
    }
    const action = log.rungs.next({
      nextTrial: this.nextTrial,
      mayAsk: this.exhausted === undefined && (trials === null || this.nextTrial < trials),
      busy: this.busy.size > 0 || this.asking.size > 0,
      isFree: (trial) => !this.busy.has(trial),
      isAsking: (trial) => this.asking.has(trial),
    });
    if (action.kind === "ask") {
      const trial = this.nextTrial++;
      this.asking.add(trial);
      return { kind: "ask", trial };
    }
    return action.kind === "promote" ? this.take(action.trial, action.rung) : action;
  }

  private take(trial: number, rung: number): Task {
    this.busy.add(trial);
    return { kind: "train", trial, rung };
  }

  /** Find a candidate that keeps every limit and write it down as a trial. */
  private async ask(lane: number, trial: number, signal: AbortSignal): Promise<void> {
    const { space, problem, executor, log } = this.parts;
    const { limits } = this.config;
    const claims: string[] = [];
    const claim = (hash: string): boolean => {
      if (log.hasHash(hash) || this.claimed.has(hash)) return false;
      this.claimed.add(hash);
      claims.push(hash);
      return true;
    };
    try {
      const { config, searcher } = this;
      const found = await findCandidate({
        ...{ config, space, problem, searcher, executor, trial, lane, claim, signal },
      });
      const { best, feasible, refusals } = found;
      this.refusals = mergeRefusals(this.refusals, refusals, limits);
      const { count, reasons } = refusals;
      const smallest = this.refusals.smallest === null ? null : payload(this.refusals.smallest);
      const rejected = count === 0 ? [] : [{ kind: "rejected" as const, count, reasons, smallest }];
      if (best === undefined) {
        if (rejected.length > 0) await log.append(...rejected);
        if (log.trials().length === 0 && this.asking.size === 1 && this.busy.size === 0) {
          throw nothingFeasible(limits, this.refusals, space.name);
        }
        this.exhausted = "space exhausted";
        return;
      }
      const recipe = recipeFor(space, config.recipe, best.genotype);
      const decided = space.recipeOf === undefined ? undefined : recipe;
      await log.append(...rejected, askedEvent(trial, best, feasible, decided));
      const { origin, genotype, costs } = best;
      this.events.push({ type: "asked", trial, origin, genotype, costs });
    } catch (error) {
      // What may be spent on questions is a budget like others: the search ends with what it has.
      if (codeOf(error) !== "language_budget" || log.trials().length === 0) throw error;
      this.exhausted = "language budget spent";
      this.events.push({ type: "note", text: messageOf(error) });
    } finally {
      for (const hash of claims) this.claimed.delete(hash);
      this.asking.delete(trial);
    }
  }

  /** Epochs that a rung adds to what the trial has had. */
  private cycleEpochs({ trial, rung }: { readonly trial: number; readonly rung: number }): number {
    const { rungs } = this.config.budget;
    const below = this.parts.log.trial(trial)?.rungs.findLast((it) => it.rung < rung);
    return (rungs[rung] ?? 0) - (below === undefined ? 0 : (rungs[below.rung] ?? 0));
  }

  /**
   * Train a trial to a rung. A trial whose worker died is queued again, a few times; one that fails is out, but a
   * finalist keeps what it had before.
   */
  private async train(
    lane: number,
    trial: number,
    rung: number,
    epochs: number,
    signal: AbortSignal,
    timeMs?: number,
  ): Promise<"told" | "queued" | "failed"> {
    const { log } = this.parts;
    const row = log.trial(trial) ?? fail("internal", { expected: `trial ${trial} in the log` });
    const attempt = attemptOf(row, rung);
    await log.append({ kind: "started", trial, attempt, rung, worker: laneName(lane) });
    let metrics: ToldMetrics;
    try {
      metrics = await this.cycle(lane, row, rung, epochs, signal, timeMs);
    } catch (error) {
      if (signal.aborted) await this.requeue(trial, rung, attempt, "stopped");
      if (signal.aborted || endsStudy(error)) throw error;
      const cause = causeOf(error);
      const deaths = (this.deaths.get(trial) ?? 0) + 1;
      this.deaths.set(trial, deaths);
      const again = cause.code === "worker_lost" && deaths < MAX_DEATHS;
      if (again || rung === this.config.budget.rungs.length) {
        await this.requeue(trial, rung, attempt, cause.received ?? cause.code);
      } else await log.append({ kind: "failed", trial, rung, error: cause });
      this.events.push({ type: "failed", trial, error: cause, willRetry: again });
      return again ? "queued" : "failed";
    }
    await this.told(row, rung, metrics);
    return "told";
  }

  private cycle(
    lane: number,
    row: TrialRow,
    rung: number,
    epochs: number,
    signal: AbortSignal,
    timeMs?: number,
  ): Promise<ToldMetrics> {
    const { trial } = row;
    const work = { epochs, timeMs };
    return this.trainer.train(row, rung, work, {
      lane,
      signal,
      onReport: ({ point }) => {
        if (point === undefined) return;
        const metrics = payload(point);
        // Where this cannot be written, neither can the result, and that is thrown.
        void this.parts.log
          .append({ kind: "reported", trial, rung, epoch: point.epoch, metrics })
          .catch(() => undefined);
        this.events.push({ type: "epoch", trial, rung, point });
      },
    });
  }

  private async told(row: TrialRow, rung: number, metrics: ToldMetrics): Promise<void> {
    const { trial } = row;
    const { score } = metrics;
    const checkpoint = checkpointName(trial, rung);
    const result = payload(metrics);
    await this.parts.log.append({ kind: "told", trial, rung, metrics: result, score, checkpoint });
    const scored = scoredOf(row, rung, metrics, this.config);
    if (scored !== undefined) this.searcher.tell(scored);
    await this.trainer.removeBelow(row, rung);
    const promoted = rung < this.config.budget.rungs.length - 1;
    this.events.push({ type: "rung", trial, rung, valAccuracy: score, promoted });
  }

  /** The best trials get the epochs that the search saved; each on a lane of its own. */
  private async trainFinalists(stop: AbortSignal): Promise<void> {
    const { log, executor, time } = this.parts;
    const { budget } = this.config;
    const rung = budget.rungs.length;
    const ranked = log
      .trials()
      .filter((t) => t.phase !== "failed" && t.rungs.length > 0)
      .sort((a, b) => searchScore(b, rung) - searchScore(a, rung) || a.trial - b.trial);
    if (ranked.length === 0) throw nothingTrained(log.trials(), this.refusals, this.config);
    const queue = ranked
      .slice(0, Math.max(1, budget.finalists))
      .filter((t) => !t.rungs.some((r) => r.rung === rung));
    const count = Math.min(executor.size, queue.length);
    await this.lanes(count, new AbortController(), stop, async (lane, signal) => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        const { trial } = row;
        const { epochMs, startMs } = pace(row);
        const inTurn = Math.ceil((queue.length + 1) / executor.size);
        // A trial whose epochs are longer than the time that is left stays as it is.
        if (time.trainingMs < (startMs + epochMs) * inTurn) continue;
        const epochs = time.finalEpochs(budget.finalEpochs, epochMs * inTurn, startMs * inTurn);
        this.events.push({ type: "final", trial, epochs });
        this.busy.add(trial);
        const timeMs = (): number | undefined =>
          Number.isFinite(time.trainingMs) ? time.trainingMs / inTurn : undefined;
        while ((await this.train(lane, trial, rung, epochs, signal, timeMs())) === "queued");
        this.busy.delete(trial);
      }
    });
  }

  status(): StudyStatus {
    const { log, time, trials, executor } = this.parts;
    const all = log.trials();
    const best = log.best === undefined ? undefined : log.trial(log.best.trial);
    const { elapsedMs } = time;
    return {
      study: this.name,
      phase: this.phase,
      done: all.filter((t) => t.rungs.length > 0 || t.phase === "failed").length,
      running: this.busy.size,
      total: trials,
      feasibleShare: feasibleShareOf(all, this.refusals.count),
      best:
        best?.score === undefined
          ? null
          : { trial: best.trial, valAccuracy: best.score, costs: costsOf(best) },
      elapsedMs,
      etaMs: estimateMs({
        config: this.config,
        trials,
        lanes: executor.size,
        epochs: log.reports,
        epochsNow: log.reports - this.reportsBefore,
        elapsedMs,
        leftMs: time.leftMs,
        phase: this.phase,
      }),
      metric: this.config.dataset.task === "classification" ? "accuracy" : "r2",
    };
  }

  document(): SearchDocument {
    return documentOf(this.name, this.parts.log.state(), this.active);
  }

  /** Releases what the strategy holds. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.searcher[Symbol.asyncDispose]());
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === "AbortError");
}
