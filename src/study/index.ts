export type { Budget, DataSpec, SpaceSource, StudyConfig } from "./config.js";
export type { Executor, Job, JobResult, ResultOf, RunOptions, WorkerSetup } from "./jobs.js";
export { type LanguageAccess, languageOf, type NewAccess, readTranscript } from "./language.node.js";
export type { ReportWriter } from "./runner.node.js";
export { type OpenSpaceOptions, openSpace } from "./space-source.node.js";
export * from "./studies.node.js";
export * from "./types.js";
export { trainerOptions } from "./workbench.node.js";
