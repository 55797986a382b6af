import type { Issue, Json } from "../base/index.js";
import type { Recipe } from "../spaces/index.js";

/** Hard bounds on an architecture. Checked before any training and measured again on the exported file. */
export interface Limits {
  /** Floating-point numbers in the exported file, where batch norms are folded away. */
  readonly params?: number;
  /** Multiply-accumulates of one example. */
  readonly macs?: number;
  /** Bytes of the weights in the exported file. */
  readonly weightBytes?: number;
  /** Largest sum of activations alive at once, for one example, in the exported graph. */
  readonly peakActivationBytes?: number;
  /** Median of one run at batch 1 on one thread, on this machine. */
  readonly latencyMs?: number;
}
export type LimitName = keyof Limits;
export const LIMIT_NAMES: readonly LimitName[] = [
  "params",
  "macs",
  "weightBytes",
  "peakActivationBytes",
  "latencyMs",
];

/** What an architecture costs, as counted on its exported form. */
export interface Costs {
  readonly params: number;
  readonly macs: number;
  readonly flops: number;
  readonly weightBytes: number;
  readonly peakActivationBytes: number;
  /** Absent until it was measured. */
  readonly latencyMs?: number;
}

/** The score that is maximised: accuracy for classes, R² for numbers. */
export type Metric = "accuracy" | "r2";

export type TrialState = "waiting" | "running" | "complete" | "stopped" | "failed";

/**
 * One trial of the document `morph.search/1`. `valAccuracy` holds R² where the target is a number. `G` is the type
 * of the space's genotypes, where the space is known.
 */
export interface TrialDocument<G = Json> {
  readonly number: number;
  /** `complete`: trained to the last rung; `stopped`: ended at an earlier rung, others were better. */
  readonly state: TrialState;
  readonly genotype: G;
  readonly hash: string;
  readonly origin: string;
  readonly parent?: number;
  readonly params: number;
  readonly macs: number;
  readonly weightBytes: number;
  readonly peakActivationBytes: number;
  readonly latencyMs: number | null;
  readonly valAccuracy: number | null;
  readonly epochs: number;
  readonly seconds: number;
  readonly rung: number;
  /** How it is trained, where the genotype decides on that. */
  readonly recipe?: Recipe;
  /** What the strategy noted down when it proposed the genotype (a motivation, say). */
  readonly notes?: Json;
  /** Learning curve: a point an epoch. */
  readonly curve: readonly CurvePoint[];
  /** When and where each rung ran, in ms since the study began (sum of its sessions). */
  readonly spans: readonly {
    readonly rung: number;
    readonly worker: string;
    readonly startMs: number;
    readonly endMs: number;
  }[];
  readonly error?: Issue;
}

export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly valLoss: number;
  readonly valAccuracy: number;
  readonly learningRate: number;
}

/** The result of a search: what `--json` prints, what the report is made of. */
export interface SearchDocument<G = Json> {
  readonly schema: "morph.search/1";
  readonly study: string;
  readonly state: "running" | "interrupted" | "finished";
  readonly metric: Metric;
  readonly limits: Limits;
  readonly space: { readonly name: string; readonly version: number; readonly size: string };
  /** `notice`: what should be known of how it searched, such as that no language model took part. */
  readonly strategy: { readonly name: string; readonly options: Json; readonly notice?: string };
  /** The language model that the strategy talked to. */
  readonly language?: { readonly model: string; readonly endpoint?: string };
  readonly data: {
    readonly name: string;
    readonly hash: string;
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly classes: number | null;
    readonly notes: readonly string[];
  };
  readonly seed: number;
  readonly workers: number;
  readonly trials: readonly TrialDocument<G>[];
  /** Numbers of the trials that no other beats in score, params, MACs and latency together. */
  readonly pareto: readonly number[];
  /** Candidates refused before training, by the limit that refused them; the space's cheapest one seen. */
  readonly rejected: {
    readonly count: number;
    readonly reasons: Readonly<Record<string, number>>;
    readonly smallest: Costs | null;
  };
  /** Share of sampled candidates that kept every limit. */
  readonly feasibleShare: number;
  readonly best: BestDocument<G> | null;
  /** A plain reference score on the same test split: the most frequent class or the mean, and a linear model. */
  readonly baselines: { readonly constant: number; readonly linear: number };
  readonly seconds: number;
  readonly provenance: Provenance;
}

export interface BestDocument<G = Json> {
  readonly number: number;
  readonly genotype: G;
  /** How it was trained; absent in documents of earlier versions. */
  readonly recipe?: Recipe;
  readonly valAccuracy: number;
  /** Of the exported file, run by ONNX Runtime on raw test data. */
  readonly testAccuracy: number;
  readonly epochs: number;
  readonly params: number;
  readonly macs: number;
  readonly flops: number;
  readonly weightBytes: number;
  readonly peakActivationBytes: number;
  readonly latencyMs: number;
  readonly curve: readonly CurvePoint[];
  /** Paths of the files. */
  readonly onnx: string;
  readonly card: string;
  readonly report: string;
  /** Test metrics by class, for classification: rows are the true class, columns the predicted one. */
  readonly confusion?: readonly (readonly number[])[];
  readonly classes?: readonly string[];
}

export interface Provenance {
  readonly morphospace: string;
  readonly onnxruntime: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly started: string;
  readonly sessions: number;
}

/** What `study.run()` yields, in order of happening. */
export type StudyProgress<G = Json> =
  | {
      readonly type: "opened";
      readonly study: string;
      readonly resumed: boolean;
      readonly trialsBefore: number;
      readonly total: number | null;
      readonly workers: number;
      /** Where the study's time is too short for passes through the data. */
      readonly shortened?: {
        readonly stepsPerEpoch: number;
        readonly batchSize: number;
        readonly validationExamples: number;
      };
    }
  /** Something that the user should know. */
  | { readonly type: "note"; readonly text: string }
  | {
      readonly type: "asked";
      readonly trial: number;
      readonly origin: string;
      readonly genotype: G;
      readonly costs: Costs;
    }
  | { readonly type: "epoch"; readonly trial: number; readonly rung: number; readonly point: CurvePoint }
  | {
      readonly type: "rung";
      readonly trial: number;
      readonly rung: number;
      readonly valAccuracy: number;
      readonly promoted: boolean;
    }
  | { readonly type: "failed"; readonly trial: number; readonly error: Issue; readonly willRetry: boolean }
  | { readonly type: "final"; readonly trial: number; readonly epochs: number }
  | { readonly type: "finished"; readonly document: SearchDocument<G> };

/** A snapshot for progress displays; cheap to take at any time. */
export interface StudyStatus {
  readonly study: string;
  readonly phase: "searching" | "training the winner" | "writing" | "finished";
  /** Trials that are complete, stopped or failed. */
  readonly done: number;
  readonly running: number;
  readonly total: number | null;
  readonly feasibleShare: number;
  readonly best: { readonly trial: number; readonly valAccuracy: number; readonly costs: Costs } | null;
  readonly elapsedMs: number;
  /** Estimate of what is left, from the pace so far; null until there is a pace. */
  readonly etaMs: number | null;
  readonly metric: Metric;
}
