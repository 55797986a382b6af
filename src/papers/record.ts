/** What is kept of an experiment that was run: small JSON, the same as `morph reproduce --json` prints. */
import type { Curve } from "./reproduction.js";
import type { Condition, Verdict } from "./verdict.js";

export interface Summary {
  readonly values: readonly number[];
  readonly mean: number;
  readonly std: number;
}

export interface RunRecord {
  readonly schema: "morph.reproduce/1";
  readonly paper: number;
  readonly title: string;
  readonly claim: string;
  readonly data: string;
  readonly baseline: string;
  readonly method: string;
  readonly units: string;
  readonly axes?: { readonly x: string; readonly y: string };
  /** As it was declared, before anything was measured. */
  readonly rule: readonly Condition[];
  readonly quick: boolean;
  readonly seeds: readonly number[];
  readonly measurements: Readonly<Record<string, Summary>>;
  /** Means over seeds. */
  readonly curves?: Readonly<Record<string, Curve>>;
  readonly judgements: readonly {
    readonly verdict: Verdict;
    readonly condition: string;
    readonly found: string;
  }[];
  readonly verdict: Verdict;
  readonly seconds: number;
  /** The day, year first. */
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly hardware: string;
}

/** What the catalogue says of a paper's experiment: the verdict of the record, or that there is none. */
export type ReproductionStatus = Verdict | "not run" | "none";

export function reproductionStatus(declared: boolean, record: RunRecord | undefined): ReproductionStatus {
  if (record !== undefined) return record.verdict;
  return declared ? "not run" : "none";
}
