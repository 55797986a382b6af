import { ExitCode, fail, type Json, unknownName } from "../base/index.js";
import type { DataOptions } from "../data/index.js";
import type { LanguageSettings } from "../language/index.js";
import type { NodeProvider } from "../runtime/index.js";
import type { Recipe } from "../spaces/index.js";
import {
  RUNG_POLICIES,
  type RungPolicyName,
  type RungsForm,
  type StrategyOptions,
} from "../strategies/index.js";
import { payloadOf } from "./payload.js";
import type { LimitName, Limits, Provenance, SearchDocument } from "./types.js";

/** Where the data is and how it is read: plain JSON, so that workers open the same. */
export interface DataSpec
  extends Pick<DataOptions, "target" | "task" | "imageSize" | "memoryBoundBytes" | "drop"> {
  /** A name or a path. */
  readonly source: string;
}

/** How much is trained: epochs behind a trial at the end of each rung, and what the winner gets on top. */
export interface Budget {
  /** Trials asked in all; unlimited where a time is given instead. */
  readonly trials: number | null;
  /** Wall-clock for the whole study, the winner's training included. */
  readonly timeMs: number | null;
  /** Cumulative: [1, 3, 9] trains one epoch, then two more, then six more. */
  readonly rungs: readonly number[];
  /** Of the trials that reach a rung, one in `eta` goes on to the next (Jamieson & Talwalkar 2016). */
  readonly eta: number;
  /** Who goes on, and where trials begin: `asha` where left out (`RUNG_POLICIES`). */
  readonly policy?: RungPolicyName;
  /** Epochs on top of the last rung for the finalists. */
  readonly finalEpochs: number;
  readonly finalists: number;
}

/** What workers and resumed studies need to have a space again. Plain JSON. */
export interface SpaceSource {
  readonly name: string;
  /** Of a space around an ONNX file. */
  readonly file?: { readonly path: string; readonly sha256: string; readonly replaceHead: boolean };
}

/** All that defines a study. Written once, as its first event; resuming reads it back. */
export interface StudyConfig {
  readonly format: "morph.study/1";
  readonly data: DataSpec;
  /** What the documents say of the data set, so that a reader need not open it. */
  readonly dataset: SearchDocument["data"] & {
    readonly task: "classification" | "regression";
    readonly classNames: readonly string[] | null;
  };
  readonly space: SpaceSource & { readonly version: number; readonly size: string };
  /** `notice`: what a user should know of how it searches here. */
  readonly strategy: { readonly name: string; readonly options: StrategyOptions; readonly notice?: string };
  /** The language model that the strategy talks to; its key is never written down. */
  readonly language?: LanguageSettings;
  readonly limits: Limits;
  /** Costs that the strategy seeks low beside a high score. */
  readonly objectives?: readonly LimitName[];
  readonly budget: Budget;
  /**
   * Longest training time of one example with which a network can be trained well in the time that the study has;
   * null without a limit of time. Not a limit of the user's: costlier candidates are passed over while there are others.
   */
  readonly affordableMsPerExample: number | null;
  /** Steps of an epoch, where a pass through the data is too long for the study's time (`shortened`). */
  readonly stepsPerEpoch?: number;
  /** Examples that a trial is scored on, where the whole validation split is too long for the study's time. */
  readonly validationExamples?: number;
  /** Part of the time that is kept for the winner's test. */
  readonly testMs?: number;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly workers: number;
  /** Points of the space that the first trials take, whatever the strategy proposes; limits hold for them, too. */
  readonly start?: readonly Json[];
  /** What the networks are trained on; the CPU where left out. */
  readonly device?: NodeProvider;
  /** Feasible candidates drawn for each trial, of which the cheap ranking picks one to train. */
  readonly pool: number;
  readonly provenance: Omit<Provenance, "sessions">;
}

/** A configuration read back from a log. */
export function configOf(json: Json, study: string): StudyConfig {
  const config = payloadOf<Partial<StudyConfig> | null>(json);
  if (config === null || typeof config !== "object" || config.format !== "morph.study/1") {
    fail("study_format", {
      path: study,
      expected: "a study of this version",
      hint: "it was written by another version",
    });
  }
  return config as StudyConfig;
}

/** How the trials of a study climb, from its configuration. */
export function rungsOf(config: Json): RungsForm & { readonly policy: RungPolicyName } {
  const { budget } = payloadOf<Partial<StudyConfig> | null>(config) ?? {};
  const { rungs = [1], eta = 2, policy = "asha" } = budget ?? {};
  return { rungs: rungs.length, eta, policy };
}

/** Check a budget that a user gave. @throws `budget_invalid` */
export function checkBudget(budget: Budget): Budget {
  const { trials, timeMs, rungs, eta, policy = "asha", finalEpochs, finalists } = budget;
  const isCount = (n: number) => Number.isSafeInteger(n) && n > 0;
  const refuse = (path: string, expected: string, received: unknown): never =>
    fail(
      "budget_invalid",
      { path, expected, received: JSON.stringify(received) },
      { exitCode: ExitCode.usage },
    );
  if (rungs.length === 0 || !rungs.every((n, i) => isCount(n) && n > (rungs[i - 1] ?? 0)))
    refuse("rungs", "epochs in ascending order, such as 1,3,9", rungs);
  for (const [path, value] of Object.entries({ finalEpochs, finalists, trials: trials ?? 1 }))
    if (!isCount(value)) refuse(path, "a whole number above zero", value);
  if (!isCount(eta) || eta < 2) refuse("eta", "a whole number from 2 on", eta);
  if (!RUNG_POLICIES.includes(policy)) unknownName("rungs", policy, RUNG_POLICIES);
  if (timeMs !== null && !(timeMs > 0)) refuse("timeMs", "a time above zero", timeMs);
  return budget;
}

/** Check limits that a user gave. */
export function checkLimits(limits: Limits): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      fail(
        "limit_invalid",
        { path: name, expected: "a positive number", received: String(value) },
        { exitCode: ExitCode.usage },
      );
    }
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
