import type { Json } from "../base/index.js";
import { applyBatch, textOf, trialsOf } from "./batch.js";
import { checkName, leaseLost, studyExists, studyInUse, unknownStudy } from "./errors.js";
import type { StoredEvent, StudyEvent } from "./events.js";
import { orderTrials } from "./order.js";
import { Replay, replay } from "./replay.js";
import type { Lease, StudyStore, StudySummary, TrialQuery } from "./store.js";
import type { TrialRow } from "./trial.js";

interface Study {
  readonly name: string;
  readonly log: StoredEvent[];
  fold: Replay;
  /** Token of the lease that is held. */
  held?: number;
}

/** A store that lives as long as the process: for tests and for searches that need no record. */
export function memoryStore(): StudyStore {
  return new MemoryStore();
}

class MemoryStore implements StudyStore {
  private readonly byName = new Map<string, Study>();
  private tokens = 0;

  async create(name: string, config: Json): Promise<void> {
    checkName(name);
    if (this.byName.has(name)) studyExists(name);
    const study: Study = { name, log: [], fold: new Replay() };
    push(study, textOf({ kind: "created", config }), Date.now());
    this.byName.set(name, study);
  }

  async append(name: string, events: readonly StudyEvent[], lease?: Lease): Promise<readonly StoredEvent[]> {
    const study = this.find(name);
    if (lease !== undefined && study.held !== lease.token) leaseLost(name);
    if (lease === undefined && study.held !== undefined) inUse(name);
    const rows = new Map<number, TrialRow>();
    for (const trial of trialsOf(events)) {
      const row = study.fold.row(trial);
      if (row !== undefined) rows.set(trial, row);
    }
    const atMs = Date.now();
    const { kept } = applyBatch(study.fold.totals, rows, events, atMs);
    return kept.map(({ text }) => push(study, text, atMs));
  }

  async *read(name: string, fromSeq = 1): AsyncGenerator<StoredEvent> {
    const { log } = this.find(name);
    for (let i = Math.max(0, fromSeq - 1); i < log.length; i++) {
      const event = log[i];
      if (event !== undefined) yield event;
    }
  }

  async studies(): Promise<StudySummary[]> {
    const all = [...this.byName.values()].map((study) => summarise(study));
    return all.sort((a, b) => b.updatedAtMs - a.updatedAtMs || (a.name < b.name ? -1 : 1));
  }

  async summary(name: string): Promise<StudySummary> {
    return summarise(this.find(name));
  }

  async trials(name: string, query: TrialQuery = {}): Promise<TrialRow[]> {
    const rows = this.find(name).fold.allRows();
    return orderTrials(rows, query);
  }

  async acquire(name: string): Promise<Lease> {
    const study = this.find(name);
    if (study.held !== undefined) inUse(name);
    const token = ++this.tokens;
    study.held = token;
    const release = async () => {
      if (study.held === token) study.held = undefined;
    };
    const lost = new AbortController().signal;
    return { study: name, token, lost, release, [Symbol.asyncDispose]: release };
  }

  async rebuild(name: string): Promise<void> {
    const study = this.find(name);
    study.fold = new Replay(replay(study.log));
  }

  async remove(name: string): Promise<void> {
    const study = this.find(name);
    if (study.held !== undefined) inUse(name);
    this.byName.delete(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.byName.clear();
  }

  private find(name: string): Study {
    return this.byName.get(name) ?? unknownStudy(name, [...this.byName.keys()]);
  }
}

/** Through text, so that a caller who changes his objects later does not change the log. */
function push(study: Study, text: string, atMs: number): StoredEvent {
  const stored: StoredEvent = { seq: study.log.length + 1, atMs, event: JSON.parse(text) };
  study.log.push(stored);
  study.fold.add(stored);
  return stored;
}

function summarise({ name, log, fold, held }: Study): StudySummary {
  return {
    name,
    config: fold.config,
    ...fold.totals,
    trials: fold.allRows().length,
    ...(fold.best && { best: fold.best }),
    seq: log.length,
    createdAtMs: log[0]?.atMs ?? 0,
    updatedAtMs: log.at(-1)?.atMs ?? 0,
    ...(held !== undefined && { owner: "this process" }),
  };
}

function inUse(name: string): never {
  return studyInUse(name, "a lease held by this process", "release it first");
}
