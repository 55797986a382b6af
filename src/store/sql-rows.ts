import { sql, type Transaction } from "kysely";
import { fail, messageOf } from "../base/index.js";
import type { StoredEvent, StudyEvent } from "./events.js";
import { sortKey } from "./order.js";
import { Replay } from "./replay.js";
import type { Tables } from "./schema.js";
import { bytes, type Db, logPage, type Stored, whole } from "./sql-queries.js";
import type { StudyTotals } from "./totals.js";
import { TRIAL_PHASES, type TrialPhase, type TrialRow } from "./trial.js";

/** Version of the fold. Read models of another version are folded anew: raise it when the fold changes. */
const FOLD = 1;

/** Rows fetched at once while a log is read. */
const PAGE = 500;

/** JSON in and out of the tables, with a checksum: SQLite has none, and half a truth is worse than an error. */
export class Bodies {
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });

  constructor(
    private readonly path: string,
    private readonly checksum: (text: string | Uint8Array) => number,
  ) {}

  of(text: string): { body: string; checksum: number } {
    return { body: text, checksum: this.checksum(text) };
  }

  read<T>(row: { body: Stored; checksum: number }, what: string): T {
    const body = new Uint8Array(row.body ?? this.damaged(what, "nothing"));
    if (this.checksum(body) !== row.checksum) this.damaged(what, "other bytes than were written");
    return JSON.parse(this.text(body, what)) as T;
  }

  text(stored: Stored, what: string): string {
    try {
      return this.decoder.decode(stored ?? this.damaged(what, "nothing"));
    } catch (error) {
      return this.damaged(what, messageOf(error));
    }
  }

  damaged(what: string, received: string): never {
    const hint = "put back a copy of the file, or move it away to begin anew";
    return fail("store_corrupt", { path: this.path, expected: what, received, hint });
  }
}

/** A row as columns. The phase has one of its own, so that one statement settles all trials that wait. */
export function trialColumns(row: TrialRow, bodies: Bodies) {
  return {
    trial: row.trial,
    phase: phaseNumber(row.phase),
    score: row.score ?? null,
    params: sortKey(row, "params") ?? null,
    macs: sortKey(row, "macs") ?? null,
    latency_ms: sortKey(row, "latencyMs") ?? null,
    ...bodies.of(JSON.stringify(row)),
  };
}

export function phaseNumber(phase: TrialPhase): number {
  return TRIAL_PHASES.indexOf(phase);
}

export function totalColumns(totals: StudyTotals, seq: number, atMs: number, bodies: Bodies) {
  return { seq, updated_at_ms: atMs, fold: FOLD, ...bodies.of(JSON.stringify(totals)) };
}

export interface TrialRecord {
  phase: number;
  body: Stored;
  checksum: number;
}

export function readTrial(record: TrialRecord, bodies: Bodies): TrialRow {
  const row = bodies.read<TrialRow>(record, "a trial");
  const phase = TRIAL_PHASES[record.phase] ?? bodies.damaged("a trial's phase", String(record.phase));
  return { ...row, phase };
}

/** A study's totals; undefined where they are missing, of another fold, or not of the log's end. */
export async function readTotal(db: Db, id: number, bodies: Bodies) {
  const row = await db
    .selectFrom("total")
    .select([whole("seq").as("seq"), whole("updated_at_ms").as("updatedAtMs"), whole("fold").as("fold")])
    .select([bytes("body").as("body"), whole("checksum").as("checksum")])
    .select(sql<number>`(select cast(max(seq) as integer) from event where study_id = ${id})`.as("last"))
    .where("study_id", "=", id)
    .executeTakeFirst();
  if (row === undefined || row.fold !== FOLD || row.seq !== row.last) return undefined;
  const { seq, updatedAtMs } = row;
  return { seq, updatedAtMs, totals: bodies.read<StudyTotals>(row, "a study's totals") };
}

/** A study's log from an event on, page by page: no lock is held while the caller works. */
export async function* readLog(
  db: Db,
  id: number,
  fromSeq: number,
  bodies: Bodies,
  pageSize = PAGE,
): AsyncGenerator<StoredEvent> {
  let next = Math.max(1, fromSeq);
  for (;;) {
    const page = await logPage(db, id, next, pageSize).execute();
    for (const row of page) {
      if (row.seq !== next) bodies.damaged(`event ${next}`, `event ${row.seq}`);
      yield { seq: row.seq, atMs: row.atMs, event: bodies.read<StudyEvent>(row, `event ${next}`) };
      next++;
    }
    if (page.length < pageSize) return;
  }
}

/** Fold a study's log into its read models. */
export async function rebuildStudy(tx: Transaction<Tables>, id: number, bodies: Bodies) {
  await tx.deleteFrom("trial").where("study_id", "=", id).execute();
  await tx.deleteFrom("total").where("study_id", "=", id).execute();
  const fold = new Replay();
  let seq = 0;
  let updatedAtMs = 0;
  for await (const event of readLog(tx, id, 1, bodies)) {
    fold.add(event);
    seq = event.seq;
    updatedAtMs = event.atMs;
  }
  for (const row of fold.allRows()) {
    const columns = trialColumns(row, bodies);
    await tx
      .insertInto("trial")
      .values({ study_id: id, ...columns })
      .execute();
  }
  const { totals } = fold;
  const columns = totalColumns(totals, seq, updatedAtMs, bodies);
  await tx
    .insertInto("total")
    .values({ study_id: id, ...columns })
    .execute();
  return { seq, updatedAtMs, totals };
}

/** The name of what can happen once in a study; the table refuses a second of the same name. */
export function onceOf(event: StudyEvent): string | null {
  switch (event.kind) {
    case "created":
      return "created";
    case "asked":
    case "final":
      return `${event.kind}/${event.trial}`;
    case "told":
      return `told/${event.trial}/${event.rung}`;
    default:
      return null;
  }
}
