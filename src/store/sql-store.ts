import { type Kysely, sql, type Transaction } from "kysely";
import type { Json } from "../base/index.js";
import { applyBatch, textOf, trialsOf } from "./batch.js";
import { checkName, leaseLost, studyExists, unknownStudy } from "./errors.js";
import { REPEATABLE, type StoredEvent, type StudyEvent } from "./events.js";
import { checkQuery } from "./order.js";
import type { Tables } from "./schema.js";
import { type LeaseRules, SqlLeases } from "./sql-leases.js";
import { bestTrial, bytes, type Db, TRIAL_SELECTION, trialPage, whole } from "./sql-queries.js";
import {
  type Bodies,
  onceOf,
  phaseNumber,
  readLog,
  readTotal,
  readTrial,
  rebuildStudy,
  totalColumns,
  trialColumns,
} from "./sql-rows.js";
import type { Lease, StudyStore, StudySummary, TrialQuery } from "./store.js";
import { NO_TOTALS } from "./totals.js";
import type { TrialRow } from "./trial.js";

type StudyKey = { readonly id: number; readonly createdAtMs: number };

/**
 * A store over tables ({@link Tables}); the dialect decides which database that is. Transactions must take
 * their write lock at the beginning.
 */
export class SqlStore implements StudyStore {
  private readonly leases: SqlLeases;

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly bodies: Bodies,
    rules: LeaseRules,
  ) {
    this.leases = new SqlLeases(db, bodies, rules);
  }

  async create(name: string, config: Json): Promise<void> {
    checkName(name);
    const event: StudyEvent = { kind: "created", config };
    const text = textOf(event);
    await this.db.transaction().execute(async (tx) => {
      if ((await tx.selectFrom("study").select("id").where("name", "=", name).execute()).length > 0)
        studyExists(name);
      const atMs = Date.now();
      const { id } = await tx
        .insertInto("study")
        .values({ name, created_at_ms: atMs })
        .returning("id")
        .executeTakeFirstOrThrow();
      await this.write(tx, id, 0, [{ event, text }], atMs);
      await tx
        .insertInto("total")
        .values({ study_id: id, ...totalColumns(NO_TOTALS, 1, atMs, this.bodies) })
        .execute();
    });
  }

  async append(name: string, events: readonly StudyEvent[], lease?: Lease): Promise<readonly StoredEvent[]> {
    if (lease === undefined) {
      await using own = await this.acquire(name);
      return await this.append(name, events, own);
    }
    return await this.atOnceOrLater(events, async (tx) => {
      const { id } = await this.key(tx, name);
      if (!(await this.leases.holds(tx, id, lease.token))) leaseLost(name);
      const { totals, seq } = await this.totals(tx, id);
      const rows = await this.load(tx, id, trialsOf(events));
      const atMs = Date.now();
      const batch = applyBatch(totals, rows, events, atMs);
      const stored = await this.write(tx, id, seq, batch.kept, atMs);
      if (stored.length === 0) return stored;
      if (batch.settles) {
        const waiting = tx
          .updateTable("trial")
          .set({ phase: phaseNumber("done") })
          .where("study_id", "=", id);
        await waiting.where("phase", "=", phaseNumber("waiting")).execute();
      }
      for (const row of batch.changed.values()) {
        const { phase, score, body, checksum, ...fixed } = trialColumns(row, this.bodies);
        const changing = { phase, score, body, checksum };
        if (rows.has(row.trial)) {
          const update = tx.updateTable("trial").set(changing).where("study_id", "=", id);
          await update.where("trial", "=", row.trial).execute();
        } else {
          await tx
            .insertInto("trial")
            .values({ study_id: id, ...changing, ...fixed })
            .execute();
        }
      }
      const total = totalColumns(batch.totals, seq + stored.length, atMs, this.bodies);
      await tx.updateTable("total").set(total).where("study_id", "=", id).execute();
      return stored;
    });
  }

  /**
   * Waiting for the disk takes milliseconds, many times a trial. What a search would do again in the same way is
   * handed to the system only: the death of this process cannot undo it, and the next result takes it to the disk.
   */
  private atOnceOrLater<T>(
    events: readonly StudyEvent[],
    write: (tx: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    if (!events.every(({ kind }) => REPEATABLE.has(kind))) return this.db.transaction().execute(write);
    return this.db.connection().execute(async (connection) => {
      await sql`PRAGMA synchronous=NORMAL`.execute(connection);
      try {
        return await connection.transaction().execute(write);
      } finally {
        await sql`PRAGMA synchronous=FULL`.execute(connection);
      }
    });
  }

  async *read(name: string, fromSeq = 1): AsyncGenerator<StoredEvent> {
    const { id } = await this.key(this.db, name);
    yield* readLog(this.db, id, fromSeq, this.bodies);
  }

  async studies(): Promise<StudySummary[]> {
    const all: StudySummary[] = [];
    for (const name of await this.names(this.db)) all.push(await this.summary(name));
    return all.sort((a, b) => b.updatedAtMs - a.updatedAtMs || (a.name < b.name ? -1 : 1));
  }

  async summary(name: string): Promise<StudySummary> {
    const { id, createdAtMs, seq, updatedAtMs, totals } = await this.fresh(name);
    const { trial, score = null } = (await bestTrial(this.db, id).executeTakeFirst()) ?? {};
    const owner = await this.leases.owner(id);
    return {
      name,
      config: await configOf(readLog(this.db, id, 1, this.bodies, 1)),
      ...totals,
      trials: Object.values(totals.counts).reduce((a, b) => a + b, 0),
      ...(trial !== undefined && score !== null && { best: { trial, score } }),
      seq,
      createdAtMs,
      updatedAtMs,
      ...(owner !== undefined && { owner }),
    };
  }

  async trials(name: string, query: TrialQuery = {}): Promise<TrialRow[]> {
    const page = checkQuery(query);
    const { id } = await this.fresh(name);
    const records = await trialPage(this.db, id, page).execute();
    return records.map((row) => readTrial(row, this.bodies));
  }

  acquire(name: string): Promise<Lease> {
    return this.leases.acquire(name, async (tx) => (await this.key(tx, name)).id);
  }

  async rebuild(name: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const { id } = await this.key(tx, name);
      await rebuildStudy(tx, id, this.bodies);
    });
  }

  async remove(name: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const { id } = await this.key(tx, name);
      await this.leases.refuseIfHeld(tx, id, name);
      for (const table of ["lease", "trial", "total", "event"] as const) {
        await tx.deleteFrom(table).where("study_id", "=", id).execute();
      }
      await tx.deleteFrom("study").where("id", "=", id).execute();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leases.releaseAll();
    await this.db.destroy();
  }

  private async key(db: Db, name: string): Promise<StudyKey> {
    const columns = [whole("id").as("id"), whole("created_at_ms").as("createdAtMs")] as const;
    const found = await db.selectFrom("study").select(columns).where("name", "=", name).executeTakeFirst();
    return found ?? unknownStudy(name, await this.names(db));
  }

  private async names(db: Db): Promise<string[]> {
    const rows = await db.selectFrom("study").select(bytes("name").as("name")).orderBy("id").execute();
    return rows.map(({ name }) => this.bodies.text(name, "a study's name"));
  }

  /** The read models of a study, folded anew where they are missing or of another version. */
  private async totals(tx: Transaction<Tables>, id: number) {
    return (await readTotal(tx, id, this.bodies)) ?? (await rebuildStudy(tx, id, this.bodies));
  }

  /** A study with its totals; writes only where the read models were not true. */
  private async fresh(name: string) {
    const key = await this.key(this.db, name);
    const total = await readTotal(this.db, key.id, this.bodies);
    if (total !== undefined) return { ...key, ...total };
    const rebuilt = await this.db.transaction().execute((tx) => this.totals(tx, key.id));
    return { ...key, ...rebuilt };
  }

  private async load(
    tx: Transaction<Tables>,
    id: number,
    trials: readonly number[],
  ): Promise<Map<number, TrialRow>> {
    const rows = new Map<number, TrialRow>();
    for (const trial of trials) {
      const query = tx.selectFrom("trial").select(TRIAL_SELECTION).where("study_id", "=", id);
      const row = await query.where("trial", "=", trial).executeTakeFirst();
      if (row !== undefined) rows.set(trial, readTrial(row, this.bodies));
    }
    return rows;
  }

  private async write(
    tx: Transaction<Tables>,
    id: number,
    seq: number,
    kept: readonly { event: StudyEvent; text: string }[],
    atMs: number,
  ): Promise<StoredEvent[]> {
    const stored: StoredEvent[] = [];
    for (const { event, text } of kept) {
      const place = { seq: seq + stored.length + 1, at_ms: atMs };
      await tx
        .insertInto("event")
        .values({ study_id: id, ...place, once: onceOf(event), ...this.bodies.of(text) })
        .execute();
      stored.push({ seq: place.seq, atMs, event: JSON.parse(text) });
    }
    return stored;
  }
}

async function configOf(log: AsyncIterable<StoredEvent>): Promise<Json> {
  for await (const { event } of log) return event.kind === "created" ? event.config : null;
  return null;
}
