import { type Kysely, sql, type Transaction } from "kysely";
import type { Json } from "../base/index.js";
import { applyBatch, textOf, trialsOf } from "./batch.js";
import { checkName, leaseLost, studyExists, unknownStudy } from "./errors.js";
import type { StoredEvent, StudyEvent } from "./events.js";
import { checkQuery } from "./order.js";
import type { Best } from "./replay.js";
import type { Tables } from "./schema.js";
import { type LeaseRules, SqlLeases } from "./sql-leases.js";
import { onceOf, type Reading, readTotal, readTrial, rebuildStudy, trialColumns } from "./sql-rows.js";
import type { Lease, StudyStore, StudySummary, TrialOrder, TrialQuery } from "./store.js";
import { NO_TOTALS } from "./totals.js";
import type { TrialRow } from "./trial.js";

/** Events fetched at once while reading a log. */
const PAGE = 500;

const COLUMNS = { score: "score", params: "params", macs: "macs", latencyMs: "latency_ms" } as const;

type Db = Kysely<Tables> | Transaction<Tables>;
type StudyKey = { readonly id: number; readonly createdAtMs: number };

/**
 * A store over tables ({@link Tables}); the dialect decides which database that is. Transactions must take
 * their write lock at the beginning.
 */
export class SqlStore implements StudyStore {
  private readonly leases: SqlLeases;

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly reading: Reading,
    rules: LeaseRules,
  ) {
    this.leases = new SqlLeases(db, rules);
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
        .values({ study_id: id, ...trialColumns.total(NO_TOTALS, 1, atMs) })
        .execute();
    });
  }

  async append(name: string, events: readonly StudyEvent[], lease?: Lease): Promise<readonly StoredEvent[]> {
    if (lease === undefined) {
      await using own = await this.acquire(name);
      return await this.append(name, events, own);
    }
    return await this.db.transaction().execute(async (tx) => {
      const { id } = await this.key(tx, name);
      if (!(await this.leases.holds(tx, id, lease.token))) leaseLost(name);
      const { totals, seq } = await this.totals(tx, id, name);
      const rows = await this.load(tx, id, trialsOf(events));
      const atMs = Date.now();
      const batch = applyBatch(totals, rows, events, atMs);
      const stored = await this.write(tx, id, seq, batch.kept, atMs);
      if (stored.length === 0) return stored;
      if (batch.settles) {
        const waiting = tx.updateTable("trial").set({ phase: "done" }).where("study_id", "=", id);
        await waiting.where("phase", "=", "waiting").execute();
      }
      for (const row of batch.changed.values()) {
        const { phase, score, body, ...fixed } = trialColumns.trial(row);
        if (rows.has(row.trial)) {
          const update = tx.updateTable("trial").set({ phase, score, body }).where("study_id", "=", id);
          await update.where("trial", "=", row.trial).execute();
        } else {
          await tx
            .insertInto("trial")
            .values({ study_id: id, phase, score, body, ...fixed })
            .execute();
        }
      }
      const total = trialColumns.total(batch.totals, seq + stored.length, atMs);
      await tx.updateTable("total").set(total).where("study_id", "=", id).execute();
      return stored;
    });
  }

  async *read(name: string, fromSeq = 1): AsyncGenerator<StoredEvent> {
    const { id } = await this.key(this.db, name);
    let next = fromSeq;
    for (;;) {
      const page = await this.db
        .selectFrom("event")
        .select(["seq", "at_ms", "body"])
        .where("study_id", "=", id)
        .where("seq", ">=", next)
        .orderBy("seq")
        .limit(PAGE)
        .execute();
      for (const { seq, at_ms, body } of page) {
        yield { seq, atMs: at_ms, event: this.reading.parse<StudyEvent>(body, `event ${seq} of ${name}`) };
        next = seq + 1;
      }
      if (page.length < PAGE) return;
    }
  }

  async studies(): Promise<StudySummary[]> {
    const names = await this.db.selectFrom("study").select("name").execute();
    const all: StudySummary[] = [];
    for (const { name } of names) all.push(await this.summary(name));
    return all.sort((a, b) => b.updatedAtMs - a.updatedAtMs || (a.name < b.name ? -1 : 1));
  }

  async summary(name: string): Promise<StudySummary> {
    const { id, createdAtMs, seq, updatedAtMs, totals } = await this.fresh(name);
    const created = this.db
      .selectFrom("event")
      .select("body")
      .where("study_id", "=", id)
      .where("seq", "=", 1);
    const { body } = await created.executeTakeFirstOrThrow();
    const { config } = this.reading.parse<{ config: Json }>(body, `event 1 of ${name}`);
    const top = await sql<Best>`
      select trial, score from trial where study_id = ${id} and (score is null) = 0
      order by ${inOrder("score", true)} limit 1`.execute(this.db);
    const [best] = top.rows;
    const owner = await this.leases.owner(id);
    return {
      name,
      config,
      ...totals,
      trials: Object.values(totals.counts).reduce((a, b) => a + b, 0),
      ...(best && { best }),
      seq,
      createdAtMs,
      updatedAtMs,
      ...(owner !== undefined && { owner }),
    };
  }

  async trials(name: string, query: TrialQuery = {}): Promise<TrialRow[]> {
    const { offset, limit, orderBy, descending } = checkQuery(query);
    const { id } = await this.fresh(name);
    const rows = await sql<{ phase: string; body: string }>`
      select phase, body from trial where study_id = ${id}
      order by ${inOrder(orderBy, descending)} limit ${limit} offset ${offset}`.execute(this.db);
    return rows.rows.map((row) => readTrial(row, this.reading, name));
  }

  acquire(name: string): Promise<Lease> {
    return this.leases.acquire(name, async (tx) => (await this.key(tx, name)).id);
  }

  async rebuild(name: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const { id } = await this.key(tx, name);
      await rebuildStudy(tx, id, this.reading, name);
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
    const query = db
      .selectFrom("study")
      .select(["id", "created_at_ms as createdAtMs"])
      .where("name", "=", name);
    return (await query.executeTakeFirst()) ?? (await this.unknown(db, name));
  }

  private async unknown(db: Db, name: string): Promise<never> {
    const names = await db.selectFrom("study").select("name").orderBy("name").execute();
    return unknownStudy(
      name,
      names.map((row) => row.name),
    );
  }

  /** The read models of a study, folded anew where they are missing or of another version. */
  private async totals(tx: Transaction<Tables>, id: number, name: string) {
    return (await readTotal(tx, id, this.reading, name)) ?? (await rebuildStudy(tx, id, this.reading, name));
  }

  /** A study with its totals; writes only where the read models were not true. */
  private async fresh(name: string) {
    const key = await this.key(this.db, name);
    const total = await readTotal(this.db, key.id, this.reading, name);
    if (total !== undefined) return { ...key, ...total };
    const rebuilt = await this.db.transaction().execute((tx) => this.totals(tx, key.id, name));
    return { ...key, ...rebuilt };
  }

  private async load(
    tx: Transaction<Tables>,
    id: number,
    trials: readonly number[],
  ): Promise<Map<number, TrialRow>> {
    const rows = new Map<number, TrialRow>();
    for (const trial of trials) {
      const query = tx.selectFrom("trial").select(["phase", "body"]).where("study_id", "=", id);
      const row = await query.where("trial", "=", trial).executeTakeFirst();
      if (row !== undefined) rows.set(trial, readTrial(row, this.reading, `trial ${trial}`));
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
        .values({ study_id: id, ...place, once: onceOf(event), body: text })
        .execute();
      stored.push({ seq: place.seq, atMs, event: JSON.parse(text) });
    }
    return stored;
  }
}

/** The same expressions as the indexes of {@link MIGRATIONS}, so that a page is read from one of them. */
function inOrder(order: TrialOrder, descending: boolean) {
  const direction = sql.raw(descending ? "desc" : "asc");
  if (order === "trial") return sql`trial ${direction}`;
  const column = sql.ref(COLUMNS[order]);
  return sql`(${column} is null), ${column} ${direction}, trial`;
}
