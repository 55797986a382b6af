export { type Content, sweepParts, writeArtifact, writeArtifactSync } from "./artifacts.node.js";
export { CACHE_FILE, type Cache, openCache } from "./cache.node.js";
export * from "./events.js";
export { LEDGER_FILE, type Ledger, type LedgerRow, openLedger } from "./ledger.node.js";
export { memoryStore } from "./memory.js";
export {
  type Best,
  type CurvePoint,
  Replay,
  replay,
  replayLog,
  type StudyState,
  type TrialState,
  unfinished,
} from "./replay.js";
export { type OpenOptions, openStore, STORE_FILE } from "./sqlite.node.js";
export * from "./store.js";
export type { Rejections, StudyPhase, StudyTotals, TrialCounts } from "./totals.js";
export type { Attempt, RungResult, TrialPhase, TrialRow } from "./trial.js";
