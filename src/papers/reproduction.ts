/** What an experiment on a paper's claim is made of: everything that decides the verdict is said before the run. */
import type { Runtime } from "../runtime/index.js";
import type { Condition } from "./verdict.js";

/** What an experiment may ask of those who run it. */
export interface Surroundings {
  readonly runtime: Runtime;
  /**
   * The path of a file that the user must have, by its name (`nasbench201.csv.gz`).
   * @throws `reproduction_data` where it is absent
   */
  readonly file: (name: string, source: string) => string;
  /** A folder for what can be computed again. */
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  /** A word on progress. */
  readonly note: (text: string) => void;
}

export interface Run extends Surroundings {
  readonly seed: number;
  /** Smaller, for a nightly check that it all works; the rule stays the same. */
  readonly quick: boolean;
}

/** A line over the course of a run: `[queries, accuracy]` points. */
export type Curve = readonly (readonly [x: number, y: number])[];

export interface Measured {
  /** Numbers by name; the rule speaks about them. */
  readonly values: Readonly<Record<string, number>>;
  readonly curves?: Readonly<Record<string, Curve>>;
}

export interface Reproduction {
  /** Number of the paper. */
  readonly paper: number;
  /** The claim that is put to the test, in a sentence. */
  readonly claim: string;
  /** What it is measured on. */
  readonly data: string;
  /** What it is compared with. */
  readonly baseline: string;
  /** How each seed is measured, and what departs from the paper. */
  readonly method: string;
  /** All must hold. A reader finds them in the record, as they were when the run began. */
  readonly rule: readonly [Condition, ...Condition[]];
  /** Seeds where nothing else is asked for. */
  readonly seeds: { readonly full: number; readonly quick: number };
  /** What the values and the axes of curves are called. */
  readonly units: string;
  readonly axes?: { readonly x: string; readonly y: string };
  measure(run: Run): Promise<Measured>;
}

/** Declare an experiment: `NNN-slug/reproduction.ts`; `node scripts/papers-index.js` takes it up. */
export function defineReproduction(reproduction: Reproduction): Reproduction {
  return reproduction;
}
