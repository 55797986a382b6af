/**
 * Morphospace: search for a network that fits your data and keeps hard limits, trained on ONNX Runtime, as a plain
 * ONNX file. This is the door for programs; `morph` is the one for people.
 */
import { writeReport } from "./report/index.js";
import type { Infer } from "./schema/index.js";
import type { Space } from "./spaces/index.js";
import {
  type ResumeOptions,
  resumeStudy as resumeWithout,
  type SearchOptions,
  type Study,
  search as searchWithout,
} from "./study/index.js";

export { ExitCode, formatIssue, type Issue, MorphError, type Rng, rngOf } from "./base/index.js";
export { describeDataset, listDatasets, openDataset } from "./data/index.js";
export * as datasets from "./datasets.js";
export { s } from "./schema/index.js";
export * as spaces from "./space-list.js";
export { defineSpace, listSpaces, mobileCnn, type Space, spaceOf, tabularMlp } from "./spaces/index.js";
export { defineStrategy, listStrategies, type StrategyDefinition, strategyOf } from "./strategies/index.js";
export {
  type BestDocument,
  type Costs,
  type CurvePoint,
  exportBest,
  type Limits,
  listStudies,
  type ResumeOptions,
  readStudy,
  type SearchDocument,
  type SearchOptions,
  type Study,
  type StudyProgress,
  type StudyStatus,
  type TrialDocument,
} from "./study/index.js";

/**
 * Begin a study; `study.run()` searches, trains the winner, and writes `best.onnx`, `card.json` and `report.html`.
 *
 * @example
 * await using study = await search({ data: "mnist", limits: { params: 50_000 }, trials: 8 });
 * for await (const event of study.run()) if (event.type === "rung") console.log(event.trial, event.valAccuracy);
 * console.log(study.document().best?.testAccuracy);
 *
 * With a space in hand, rather than its name, genotypes in events and documents have the space's type.
 */
export function search<S extends Space>(
  options: SearchOptions & { readonly space: S },
): Promise<Study<Infer<S["schema"]>>>;
export function search(options?: SearchOptions): Promise<Study>;
export function search(options: SearchOptions = {}): Promise<Study> {
  return searchWithout({ writeReport, ...options });
}

/** Go on with a study that was interrupted, or give a finished one more trials. */
export function resumeStudy(nameOrDir: string, options: ResumeOptions = {}): Promise<Study> {
  return resumeWithout(nameOrDir, { writeReport, ...options });
}
