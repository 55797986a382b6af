import { issue, type Json } from "../base/index.js";
import type { LanguageSettings } from "../language/index.js";
import type { TrialState as StoredTrial, StudyState } from "../store/index.js";
import { configOf, type StudyConfig } from "./config.js";
import type { Refusals } from "./limits.js";
import { paretoFront } from "./pareto.js";
import { payloadOf } from "./payload.js";
import type { BestDocument, Costs, CurvePoint, SearchDocument, TrialDocument, TrialState } from "./types.js";

/** What a `told` event carries. */
export interface ToldMetrics {
  readonly score: number;
  readonly loss: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Part of the seconds before the first step. */
  readonly startSeconds?: number;
}

/** What a `final` event carries: the winner and what else only the end knows. */
export interface FinalResult {
  readonly best: BestDocument;
  readonly baselines: SearchDocument["baselines"];
  readonly seconds: number;
}

/** The document of a study: a pure function of its log. */
export function documentOf(study: string, state: StudyState, running: boolean): SearchDocument {
  const config = configOf(state.config, study);
  const trials = [...state.trials.values()].sort((a, b) => a.trial - b.trial);
  const began = Math.min(...trials.map((t) => t.askedAtMs));
  const documents = trials.map((t) => trialDocument(t, config, Number.isFinite(began) ? began : 0));
  const final = finalOf(state);
  const { count, reasons } = state.rejected;
  const { task: _task, classNames: _names, ...data } = config.dataset;
  return {
    schema: "morph.search/1",
    study,
    state:
      state.phase === "finished"
        ? "finished"
        : running && state.phase !== "interrupted"
          ? "running"
          : "interrupted",
    metric: config.dataset.task === "classification" ? "accuracy" : "r2",
    limits: config.limits,
    space: config.space,
    strategy: config.strategy,
    ...(config.language !== undefined && { language: spokenTo(config.language) }),
    data,
    seed: config.seed,
    workers: config.workers,
    trials: documents,
    pareto: paretoOf(documents),
    rejected: { count, reasons, smallest: (state.rejected.smallest as Costs | null) ?? null },
    feasibleShare: feasibleShareOf(trials, count),
    best: final?.best ?? null,
    baselines: final?.baselines ?? { constant: 0, linear: 0 },
    seconds: final?.seconds ?? elapsedSeconds(documents),
    provenance: { ...config.provenance, sessions: state.resumes + 1 },
  };
}

function spokenTo({ model, endpoint }: LanguageSettings): NonNullable<SearchDocument["language"]> {
  return { model, ...(endpoint !== undefined && { endpoint }) };
}

export function finalOf(state: StudyState): FinalResult | undefined {
  const trial = state.final === undefined ? undefined : state.trials.get(state.final);
  return trial?.final === undefined ? undefined : payloadOf<FinalResult>(trial.final);
}

/** Share of the candidates looked at that kept every limit. */
export function feasibleShareOf(trials: readonly { readonly static: Json }[], refused: number): number {
  let feasible = 0;
  for (const { static: it } of trials) feasible += (it as { readonly feasible?: number }).feasible ?? 1;
  return feasible + refused === 0 ? 1 : feasible / (feasible + refused);
}

/** Costs alone, without what else was written down when the trial was asked. */
export function costsOf(trial: { readonly static: Json }): Costs {
  const { params, macs, flops, weightBytes, peakActivationBytes, latencyMs } = payloadOf<Costs>(trial.static);
  return { params, macs, flops, weightBytes, peakActivationBytes, latencyMs };
}

/** What the strategy noted down when it proposed a trial. */
export function notesOf(trial: { readonly static: Json }): { readonly notes?: Json } {
  const { notes } = payloadOf<{ readonly notes?: Json }>(trial.static);
  return notes === undefined ? {} : { notes };
}

/** How a trial is trained, where its genotype decided on that. */
export function recipeOf(trial: { readonly static: Json }): Pick<TrialDocument, "recipe"> {
  const { recipe } = payloadOf<Pick<TrialDocument, "recipe">>(trial.static);
  return recipe === undefined ? {} : { recipe };
}

export function metricsOf(rung: { readonly metrics: Json }): ToldMetrics {
  return payloadOf<ToldMetrics>(rung.metrics);
}

function trialDocument(trial: StoredTrial, config: StudyConfig, began: number): TrialDocument {
  const costs = costsOf(trial);
  const last = trial.rungs.at(-1);
  const top = config.budget.rungs.length - 1;
  const states: Record<StoredTrial["phase"], TrialState> = {
    asked: "waiting",
    running: "running",
    waiting: (last?.rung ?? -1) >= top ? "complete" : "waiting",
    done: (last?.rung ?? -1) >= top ? "complete" : "stopped",
    failed: "failed",
  };
  return {
    number: trial.trial,
    state: states[trial.phase],
    genotype: trial.genotype,
    hash: trial.hash,
    origin: trial.origin,
    ...(trial.parent !== undefined && { parent: trial.parent }),
    params: costs.params,
    macs: costs.macs,
    weightBytes: costs.weightBytes,
    peakActivationBytes: costs.peakActivationBytes,
    latencyMs: costs.latencyMs ?? null,
    valAccuracy: trial.score ?? null,
    epochs: last === undefined ? 0 : metricsOf(last).epochs,
    seconds: trial.rungs.reduce((sum, r) => sum + metricsOf(r).seconds, 0),
    rung: last?.rung ?? 0,
    ...recipeOf(trial),
    ...notesOf(trial),
    curve: trial.curve.map((p) => payloadOf<CurvePoint>(p.metrics)).sort((a, b) => a.epoch - b.epoch),
    spans: trial.rungs.map((r) => ({
      rung: r.rung,
      worker: r.worker ?? "",
      startMs: (r.startedAtMs ?? r.toldAtMs) - began,
      endMs: r.toldAtMs - began,
    })),
    ...(trial.error !== undefined && { error: issue(trial.error.code, trial.error) }),
  };
}

/** Score up; params, MACs and latency down. */
function paretoOf(trials: readonly TrialDocument[]): number[] {
  return paretoFront(
    trials.flatMap((t) =>
      t.valAccuracy === null
        ? []
        : [
            {
              trial: t.number,
              objectives: [-t.valAccuracy, t.params, t.macs, t.latencyMs ?? Number.MAX_VALUE],
            },
          ],
    ),
  );
}

function elapsedSeconds(trials: readonly TrialDocument[]): number {
  return Math.max(0, ...trials.flatMap((t) => t.spans.map((s) => s.endMs))) / 1000;
}

/** Refusals as the log has them. */
export function refusalsOf({ rejected }: Pick<StudyState, "rejected">): Refusals {
  const { count, reasons, smallest } = rejected;
  return { count, reasons, smallest: smallest as Costs | null };
}
