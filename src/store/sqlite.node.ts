import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Kysely } from "kysely";
import type Libsql from "libsql";
import { fail, messageOf } from "../base/index.js";
import { fateOf, thisProcess } from "./owner.node.js";
import type { Tables } from "./schema.js";
import { sqlError } from "./sqlite-errors.js";
import type { StudyStore } from "./store.js";

/** The file of a store within its directory. */
export const STORE_FILE = "study.db";

/** "Morp", in the file's header: tells a study database from another program's. */
const APPLICATION_ID = 0x4d6f7270;

export interface OpenOptions {
  /** False: a directory without a store is an error (`store_missing`) rather than a new store. */
  readonly create?: boolean;
  /** How long to wait for another process's transaction; 10,000 where nothing is said. */
  readonly busyMs?: number;
  /** Time between an owner's heartbeats; 5,000 where nothing is said. */
  readonly beatMs?: number;
  /** Silence after which an owner counts as gone; 30,000 where nothing is said. */
  readonly staleMs?: number;
}

/**
 * Open the store of a directory: SQLite in WAL mode, every append synced to the disk. Any number of
 * processes may have it open.
 * @throws `store_missing`, `store_corrupt`, `store_foreign`, `store_newer`, `store_unreadable`, `store_busy`,
 * `disk_full`
 */
export async function openStore(directory: string, options: OpenOptions = {}): Promise<StudyStore> {
  const { create = true, busyMs = 10_000, beatMs = 5_000, staleMs = 30_000 } = options;
  const path = join(directory, STORE_FILE);
  if (!create && !existsSync(path)) {
    fail("store_missing", {
      path,
      expected: "a study database",
      hint: "name the right directory with --dir",
    });
  }
  const { SqlStore } = await import("./sql-store.js");
  const { Bodies } = await import("./sql-rows.js");
  const { Kysely } = await import("kysely");
  const { libsqlDialect } = await import("./libsql.node.js");
  const raw = await open(directory, path, busyMs);
  try {
    const db = new Kysely<Tables>({ dialect: libsqlDialect(raw, path) });
    await prepare(raw, db, path);
    const me = thisProcess();
    return new SqlStore(db, new Bodies(path, crc32), {
      me,
      fateOf: (owner) => fateOf(owner, me),
      beatMs,
      staleMs,
    });
  } catch (error) {
    raw.close();
    return sqlError(error, path);
  }
}

async function open(directory: string, path: string, timeout: number): Promise<Libsql.Database> {
  const { default: Database } = await import("libsql");
  try {
    mkdirSync(directory, { recursive: true });
    return new Database(path, { timeout });
  } catch (error) {
    const hint = "check that the directory can be made, and that it and the file may be written by you";
    return fail("store_unreadable", { path, received: messageOf(error), hint }, { cause: error });
  }
}

/** WAL, full sync, and the tables of this version. Changes nothing in a file that is as it should be. */
async function prepare(raw: Libsql.Database, db: Kysely<Tables>, path: string): Promise<void> {
  check(raw, path);
  const mode = pragma(raw, "journal_mode=WAL", "journal_mode");
  if (mode !== "wal") {
    const hint = "keep studies on a local disk";
    fail("store_unreadable", { path, expected: "a disk with shared memory", received: `mode ${mode}`, hint });
  }
  raw.pragma("synchronous=FULL");
  const { MIGRATIONS } = await import("./schema.js");
  if (versionOf(raw, path, MIGRATIONS.length) === MIGRATIONS.length) return;
  await db.transaction().execute(async (tx) => {
    // Asked again under the lock: another process may have done it meanwhile.
    for (const migrate of MIGRATIONS.slice(versionOf(raw, path, MIGRATIONS.length))) await migrate(tx);
    raw.pragma(`application_id=${APPLICATION_ID}`);
    raw.pragma(`user_version=${MIGRATIONS.length}`);
  });
}

function check(raw: Libsql.Database, path: string): void {
  const id = pragma(raw, "application_id", "application_id");
  if (id === APPLICATION_ID) return;
  const tables = raw.prepare("select count(*) as n from sqlite_master").all([]);
  const [first] = tables as { n: number }[];
  if (id === 0 && first?.n === 0) return;
  const hint = "choose another directory with --dir";
  fail("store_foreign", { path, expected: "a study database", received: "another program's database", hint });
}

function versionOf(raw: Libsql.Database, path: string, newest: number): number {
  const version = Number(pragma(raw, "user_version", "user_version"));
  if (version <= newest) return version;
  return fail("store_newer", {
    path,
    expected: `version ${newest} or older`,
    received: `version ${version}`,
    hint: "it was written by a newer Morphospace; update this one",
  });
}

function pragma(raw: Libsql.Database, source: string, column: string): unknown {
  const [row] = raw.prepare(`PRAGMA ${source}`).all([]) as Record<string, unknown>[];
  return row?.[column];
}
