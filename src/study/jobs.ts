import { type Issue, issue, type Json, MorphError, messageOf } from "../base/index.js";
import type { NodeProvider } from "../runtime/index.js";
import type { Recipe } from "../spaces/index.js";
import type { DataSpec, SpaceSource } from "./config.js";
import type { Costs, CurvePoint, Limits } from "./types.js";

/** What a worker must know before its first job. Plain JSON. */
export interface WorkerSetup {
  readonly data: DataSpec;
  readonly space: SpaceSource;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Of the data that the study began with: a worker refuses other data. */
  readonly dataHash: string;
  /** Where packed data lies, so that every worker opens it in milliseconds. */
  readonly cacheDir: string;
  readonly threads: number;
  /** See `StudyConfig`. */
  readonly stepsPerEpoch?: number;
  readonly validationExamples?: number;
  /** What trains; what is measured and scored is measured and scored on the CPU. */
  readonly device: NodeProvider;
}

/** One cycle of training: epochs under one schedule, on top of a checkpoint or from nothing. */
export interface TrainJob {
  readonly kind: "train";
  readonly trial: number;
  readonly rung: number;
  readonly genotype: Json;
  readonly epochs: number;
  /** File to go on from. */
  readonly from?: string;
  /** File to leave the result in. */
  readonly to: string;
  readonly seed: number;
  /** Time after which the cycle ends with the last whole epoch, however many were planned. */
  readonly timeMs?: number;
}

export interface MeasureJob {
  readonly kind: "measure";
  readonly genotype: Json;
}

export interface ExportJob {
  readonly kind: "export";
  readonly genotype: Json;
  readonly checkpoint: string;
  readonly onnx: string;
  readonly limits: Limits;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface BaselineJob {
  readonly kind: "baseline";
}

export type Job = TrainJob | MeasureJob | ExportJob | BaselineJob;

export interface TrainResult {
  readonly kind: "train";
  readonly score: number;
  readonly loss: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Part of the seconds before the first step: building, sessions, reading a checkpoint. */
  readonly startSeconds: number;
}
export interface MeasureResult {
  readonly kind: "measure";
  readonly costs: Costs;
  /** Cheap ranking of candidates before any training (synaptic flow); higher is better. */
  readonly proxy: number;
}
export interface ExportResult {
  readonly kind: "export";
  readonly costs: Costs;
  /** Trainable numbers before batch norms were folded. */
  readonly trainableParams: number;
  readonly testScore: number;
  readonly testLoss: number;
  readonly testExamples: number;
  readonly testCorrect: number | null;
  readonly confusion: readonly (readonly number[])[] | null;
  readonly fileBytes: number;
  readonly sha256: string;
}
export interface BaselineResult {
  readonly kind: "baseline";
  readonly constant: number;
  readonly linear: number;
}
export type JobResult = TrainResult | MeasureResult | ExportResult | BaselineResult;
export type ResultOf<J extends Job> = Extract<JobResult, { kind: J["kind"] }>;

/** What a worker says while it trains: a point of the curve, or just that work goes on. */
export interface JobReport {
  readonly point?: CurvePoint;
}

/** Carries out jobs, up to `size` at once. The contract suite runs over every implementation. */
export interface Executor extends AsyncDisposable {
  readonly size: number;
  /**
   * @throws MorphError with the job's own error; `worker_lost` where its process died; the signal's reason
   * where it was aborted
   */
  run<J extends Job>(job: J, options: RunOptions): Promise<ResultOf<J>>;
}

export interface RunOptions {
  /** Which of the lanes 0..size-1 asks; a lane has one job at a time. */
  readonly lane: number;
  readonly signal?: AbortSignal;
  readonly onReport?: (report: JobReport) => void;
}

/** A lane's name in logs. */
export function laneName(lane: number): string {
  return `w${lane + 1}`;
}

/** How often work is given to a new worker whose last one died. */
export const MAX_DEATHS = 3;

/** A job whose worker died is given to the next one: the death may have had causes of its own. */
export async function runAgain<J extends Job>(
  executor: Executor,
  job: J,
  options: RunOptions,
): Promise<ResultOf<J>> {
  for (let death = 1; ; death++) {
    try {
      return await executor.run(job, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (codeOf(error) !== "worker_lost" || death >= MAX_DEATHS) throw error;
    }
  }
}

/** The code of an error of ours. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof MorphError ? error.code : undefined;
}

/** Whatever a job threw, as an issue. */
export function causeOf(error: unknown): Issue {
  return error instanceof MorphError ? error.issue : issue("trial_error", { received: messageOf(error) });
}

/** Failures that say nothing of the trial: with the same cause the next one would fail too. */
const OF_THE_STUDY: ReadonlySet<string> = new Set([
  "disk_full",
  "file_unwritable",
  "data_changed",
  "data_unavailable",
]);

export function endsStudy(error: unknown): boolean {
  return OF_THE_STUDY.has(codeOf(error) ?? "");
}
