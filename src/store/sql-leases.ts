import type { Kysely, Transaction } from "kysely";
import { leaseLost, studyInUse } from "./errors.js";
import type { Fate, Owner } from "./owner.js";
import type { Tables } from "./schema.js";
import { bytes, type Db, whole } from "./sql-queries.js";
import type { Bodies } from "./sql-rows.js";
import type { Lease } from "./store.js";

/** Who asks for leases, and how a stranger's is judged. */
export interface LeaseRules {
  readonly me: Owner;
  readonly fateOf: (owner: Owner) => Fate;
  /** Time between heartbeats. */
  readonly beatMs: number;
  /** Silence after which an owner counts as gone, even where its process lives. */
  readonly staleMs: number;
}

interface Row {
  readonly id: number;
  readonly owner: Owner;
  readonly beatAtMs: number;
}

/**
 * Exclusive writers. A lease belongs to a process; another takes it over when that process is dead, or when
 * its heartbeat has stopped (it may have been halted, or live where this one cannot look). Whoever was
 * mistaken for dead is kept out by the token: a later owner's is another one. All processes that share a
 * file in WAL mode share a kernel, so they share the clock that heartbeats are compared by.
 */
export class SqlLeases {
  private readonly held = new Set<HeldLease>();

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly bodies: Bodies,
    private readonly rules: LeaseRules,
  ) {}

  /** `find` names the study's key within the transaction. */
  async acquire(name: string, find: (tx: Transaction<Tables>) => Promise<number>): Promise<Lease> {
    const token = await this.db.transaction().execute(async (tx) => {
      const study = await find(tx);
      await this.refuseIfHeld(tx, study, name);
      await tx.deleteFrom("lease").where("study_id", "=", study).execute();
      const me = this.bodies.of(JSON.stringify(this.rules.me));
      const row = { study_id: study, beat_at_ms: Date.now(), ...me };
      return (await tx.insertInto("lease").values(row).returning("id").executeTakeFirstOrThrow()).id;
    });
    const lease = new HeldLease(this.db, name, token, this.rules.beatMs, () => this.held.delete(lease));
    this.held.add(lease);
    return lease;
  }

  /** @throws `study_in_use` */
  async refuseIfHeld(tx: Transaction<Tables>, study: number, name: string): Promise<void> {
    const row = await this.row(tx, study);
    if (row === undefined || !this.live(row)) return;
    const { owner } = row;
    const mine = owner.pid === this.rules.me.pid && owner.host === this.rules.me.host;
    const seconds = Math.ceil(this.rules.staleMs / 1000);
    const hint =
      this.rules.fateOf(owner) === "alive"
        ? "end it, or wait for it; morph show and morph best work meanwhile"
        : `it runs where this process cannot see it; if it is gone, try again in ${seconds} s`;
    studyInUse(name, `${words(owner)}${mine ? " (this one)" : ""}`, hint);
  }

  async holds(tx: Transaction<Tables>, study: number, token: number): Promise<boolean> {
    return (await this.row(tx, study))?.id === token;
  }

  /** The live owner in words. */
  async owner(study: number): Promise<string | undefined> {
    const row = await this.row(this.db, study);
    return row !== undefined && this.live(row) ? words(row.owner) : undefined;
  }

  async releaseAll(): Promise<void> {
    for (const lease of [...this.held]) await lease.release();
  }

  private async row(db: Db, study: number): Promise<Row | undefined> {
    const row = await db
      .selectFrom("lease")
      .select([whole("id").as("id"), whole("beat_at_ms").as("beatAtMs")])
      .select([bytes("body").as("body"), whole("checksum").as("checksum")])
      .where("study_id", "=", study)
      .executeTakeFirst();
    return row && { id: row.id, beatAtMs: row.beatAtMs, owner: this.bodies.read<Owner>(row, "a lease") };
  }

  private live(row: Row): boolean {
    // A beat from the future is no beat: the clock was set back.
    if (Math.abs(Date.now() - row.beatAtMs) > this.rules.staleMs) return false;
    return this.rules.fateOf(row.owner) !== "dead";
  }
}

function words({ pid, host }: Owner): string {
  return `process ${pid} on ${host}`;
}

class HeldLease implements Lease {
  private readonly gone = new AbortController();
  private readonly timer: ReturnType<typeof setInterval>;
  private over = false;

  constructor(
    private readonly db: Kysely<Tables>,
    readonly study: string,
    readonly token: number,
    beatMs: number,
    private readonly onRelease: () => void,
  ) {
    this.timer = setInterval(() => void this.beat(), beatMs);
    // The process may end while it holds a lease: its death is noticed.
    this.timer.unref();
  }

  get lost(): AbortSignal {
    return this.gone.signal;
  }

  async release(): Promise<void> {
    if (this.over) return;
    this.over = true;
    clearInterval(this.timer);
    this.onRelease();
    try {
      await this.db.deleteFrom("lease").where("id", "=", this.token).execute();
    } catch {
      // Busy, or the disk is full. What went wrong before is the better error, and without a heartbeat the
      // lease ends by itself.
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  private async beat(): Promise<void> {
    const update = this.db.updateTable("lease").set({ beat_at_ms: Date.now() }).where("id", "=", this.token);
    try {
      const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
      if (numUpdatedRows > 0n || this.over) return;
    } catch {
      // Busy, or the disk is full: the next beat tries again, and appends say what is wrong.
      return;
    }
    clearInterval(this.timer);
    this.gone.abort(takenOver(this.study));
  }
}

function takenOver(study: string): unknown {
  try {
    return leaseLost(study);
  } catch (error) {
    return error;
  }
}
