import type { Kysely, Transaction } from "kysely";
import { fail, messageOf } from "../base/index.js";
import type { StoredEvent, StudyEvent } from "./events.js";
import { sortKey } from "./order.js";
import { Replay } from "./replay.js";
import type { Tables } from "./schema.js";
import type { StudyTotals } from "./totals.js";
import type { TrialPhase, TrialRow } from "./trial.js";

/** Version of the fold. Read models of another version are folded anew: raise it when the fold changes. */
const FOLD = 1;

/** Events folded at once while rebuilding. */
const PAGE = 1000;

/** Turns stored text into values; knows the file, to name it where the text is damaged. */
export class Reading {
  constructor(private readonly path: string) {}

  parse<T>(text: string, what: string): T {
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      const hint = "put back a copy of the file";
      return fail("store_corrupt", {
        path: this.path,
        expected: `${what} as JSON`,
        received: messageOf(error),
        hint,
      });
    }
  }
}

/** Rows as columns. The phase stands in a column of its own, where one statement settles all that wait. */
export const trialColumns = {
  trial: (row: TrialRow) => ({
    trial: row.trial,
    phase: row.phase,
    score: row.score ?? null,
    params: sortKey(row, "params") ?? null,
    macs: sortKey(row, "macs") ?? null,
    latency_ms: sortKey(row, "latencyMs") ?? null,
    body: JSON.stringify(row),
  }),
  total: (totals: StudyTotals, seq: number, atMs: number) => ({
    seq,
    updated_at_ms: atMs,
    fold: FOLD,
    body: JSON.stringify(totals),
  }),
};

export function readTrial(
  { phase, body }: { phase: string; body: string },
  reading: Reading,
  what: string,
): TrialRow {
  return { ...reading.parse<TrialRow>(body, what), phase: phase as TrialPhase };
}

/** A study's totals; undefined where they are missing, of another fold, or not of the log's end. */
export async function readTotal(
  db: Kysely<Tables> | Transaction<Tables>,
  id: number,
  reading: Reading,
  name: string,
) {
  const row = await db
    .selectFrom("total")
    .select(["seq", "updated_at_ms as updatedAtMs", "fold", "body"])
    .select((eb) =>
      eb
        .selectFrom("event")
        .select((e) => e.fn.max("seq").as("m"))
        .where("study_id", "=", id)
        .as("last"),
    )
    .where("study_id", "=", id)
    .executeTakeFirst();
  if (row === undefined || row.fold !== FOLD || row.seq !== row.last) return undefined;
  const { seq, updatedAtMs, body } = row;
  return { seq, updatedAtMs, totals: reading.parse<StudyTotals>(body, `totals of ${name}`) };
}

/** Fold a study's log into its read models. */
export async function rebuildStudy(tx: Transaction<Tables>, id: number, reading: Reading, name: string) {
  await tx.deleteFrom("trial").where("study_id", "=", id).execute();
  await tx.deleteFrom("total").where("study_id", "=", id).execute();
  const fold = new Replay();
  let seq = 0;
  let updatedAtMs = 0;
  for (;;) {
    const page = await tx
      .selectFrom("event")
      .select(["seq", "at_ms", "body"])
      .where("study_id", "=", id)
      .where("seq", ">", seq)
      .orderBy("seq")
      .limit(PAGE)
      .execute();
    for (const { seq: at, at_ms, body } of page) {
      const event = reading.parse<StudyEvent>(body, `event ${at} of ${name}`);
      const stored: StoredEvent = { seq: at, atMs: at_ms, event };
      fold.add(stored);
      seq = at;
      updatedAtMs = at_ms;
    }
    if (page.length < PAGE) break;
  }
  for (const row of fold.allRows()) {
    await tx
      .insertInto("trial")
      .values({ study_id: id, ...trialColumns.trial(row) })
      .execute();
  }
  const { totals } = fold;
  await tx
    .insertInto("total")
    .values({ study_id: id, ...trialColumns.total(totals, seq, updatedAtMs) })
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
