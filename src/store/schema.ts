import { type Generated, type Kysely, sql } from "kysely";

/**
 * The tables of a relational store. `study`, `event` and `lease` hold what is true; `trial` and `total` are
 * read models that {@link StudyStore.rebuild} makes again from the events.
 */
export interface Tables {
  study: { id: Generated<number>; name: string; created_at_ms: number };
  event: {
    study_id: number;
    seq: number;
    at_ms: number;
    /** What can happen once only, in words (`told/17/0`); null for everything else. */
    once: string | null;
    body: string;
    checksum: number;
  };
  lease: {
    /** The fencing token: never given twice. */
    id: Generated<number>;
    study_id: number;
    beat_at_ms: number;
    /** The owner. */
    body: string;
    checksum: number;
  };
  trial: {
    study_id: number;
    trial: number;
    /** Index in {@link TRIAL_PHASES}. */
    phase: number;
    score: number | null;
    params: number | null;
    macs: number | null;
    latency_ms: number | null;
    body: string;
    checksum: number;
  };
  total: {
    study_id: number;
    seq: number;
    updated_at_ms: number;
    fold: number;
    body: string;
    checksum: number;
  };
}

/** Changes of the tables, oldest first. A released one is never edited; new ones are added at the end. */
export const MIGRATIONS: readonly ((db: Kysely<Tables>) => Promise<void>)[] = [firstTables];

async function firstTables(db: Kysely<Tables>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable("study")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("created_at_ms", "integer", (c) => c.notNull())
    .execute();
  await schema
    .createTable("event")
    .addColumn("study_id", "integer", (c) => c.notNull())
    .addColumn("seq", "integer", (c) => c.notNull())
    .addColumn("at_ms", "integer", (c) => c.notNull())
    .addColumn("once", "text")
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("checksum", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("event_key", ["study_id", "seq"])
    .execute();
  await schema
    .createIndex("event_once")
    .on("event")
    .columns(["study_id", "once"])
    .where("once", "is not", null)
    .unique()
    .execute();
  await schema
    .createTable("lease")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("study_id", "integer", (c) => c.notNull().unique())
    .addColumn("beat_at_ms", "integer", (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("checksum", "integer", (c) => c.notNull())
    .execute();
  await schema
    .createTable("trial")
    .addColumn("study_id", "integer", (c) => c.notNull())
    .addColumn("trial", "integer", (c) => c.notNull())
    .addColumn("phase", "integer", (c) => c.notNull())
    .addColumn("score", "real")
    .addColumn("params", "real")
    .addColumn("macs", "real")
    .addColumn("latency_ms", "real")
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("checksum", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("trial_key", ["study_id", "trial"])
    .execute();
  for (const column of ["score", "params", "macs", "latency_ms"] as const) {
    const up = sql`${sql.ref(column)} is null`;
    const on = () => schema.createIndex(`trial_${column}_up`).on("trial");
    await on()
      .expression(sql`study_id, (${up}), ${sql.ref(column)}, trial`)
      .execute();
    await schema
      .createIndex(`trial_${column}_down`)
      .on("trial")
      .expression(sql`study_id, (${up}), ${sql.ref(column)} desc, trial`)
      .execute();
  }
  await schema
    .createTable("total")
    .addColumn("study_id", "integer", (c) => c.primaryKey())
    .addColumn("seq", "integer", (c) => c.notNull())
    .addColumn("updated_at_ms", "integer", (c) => c.notNull())
    .addColumn("fold", "integer", (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("checksum", "integer", (c) => c.notNull())
    .execute();
}
