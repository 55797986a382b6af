import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "./schema.js";
import type { TrialOrder } from "./store.js";

export type Db = Kysely<Tables> | Transaction<Tables>;

/** Bytes as a driver gives them; null where a damaged file has none. */
export type Stored = ArrayBuffer | Uint8Array | null;

/**
 * Columns as the database is asked for them. The casts matter in a damaged file: there a number may have
 * become text, and text may be no UTF-8, which would end the process inside the database's binding.
 */
export const bytes = (column: string) => sql<Stored>`cast(${sql.ref(column)} as blob)`;
export const whole = (column: string) => sql<number>`cast(${sql.ref(column)} as integer)`;

export const TRIAL_SELECTION = [
  whole("phase").as("phase"),
  bytes("body").as("body"),
  whole("checksum").as("checksum"),
] as const;

const COLUMNS = {
  score: "trial.score",
  params: "trial.params",
  macs: "trial.macs",
  latencyMs: "trial.latency_ms",
};

/** Events of a log from one on. */
export function logPage(db: Db, id: number, fromSeq: number, limit: number) {
  return (
    db
      .selectFrom("event")
      .select([whole("seq").as("seq"), whole("at_ms").as("atMs")])
      .select([bytes("body").as("body"), whole("checksum").as("checksum")])
      .where("study_id", "=", id)
      .where("event.seq", ">=", fromSeq)
      // With the table's name: a bare one would mean the cast above, which no index knows.
      .orderBy("event.seq")
      .limit(limit)
  );
}

/** Trials in an order. */
export function trialPage(
  db: Db,
  id: number,
  {
    orderBy,
    descending,
    limit,
    offset,
  }: { orderBy: TrialOrder; descending: boolean; limit: number; offset: number },
) {
  const page = db.selectFrom("trial").select(TRIAL_SELECTION).where("study_id", "=", id);
  return page.orderBy(inOrder(orderBy, descending)).limit(limit).offset(offset);
}

/** The trial with the highest score; where no trial has one, one with none. */
export function bestTrial(db: Db, id: number) {
  return db
    .selectFrom("trial")
    .select([whole("trial").as("trial"), sql<number | null>`cast(score as real)`.as("score")])
    .where("study_id", "=", id)
    .orderBy(inOrder("score", true))
    .limit(1);
}

/** The same expressions as the indexes of {@link MIGRATIONS}, so that a page is read from one of them. */
function inOrder(order: TrialOrder, descending: boolean) {
  const direction = sql.raw(descending ? "desc" : "asc");
  const trial = sql.ref("trial.trial");
  if (order === "trial") return sql`${trial} ${direction}`;
  const column = sql.ref(COLUMNS[order]);
  return sql`(${column} is null), ${column} ${direction}, ${trial}`;
}
