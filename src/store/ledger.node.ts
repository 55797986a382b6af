import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../base/index.js";
import { fail, messageOf } from "../base/index.js";
import { sqlError } from "./sqlite-errors.js";

/** The file of a ledger within its directory. */
export const LEDGER_FILE = "ledger.db";

/** "Morl", in the file's header. */
const APPLICATION_ID = 0x4d6f726c;
const VERSION = 1;

export interface LedgerRow {
  readonly key: string;
  readonly state: string;
  readonly body: Json;
  readonly atMs: number;
}

/**
 * A small table of things that change state, by kind and key: deliveries, saved searches. Every change is on the disk
 * when its call returns, and a change that names the state it starts from happens for one of several processes only.
 */
export interface Ledger extends Disposable {
  get(kind: string, key: string): LedgerRow | undefined;
  /** By key. */
  list(kind: string, prefix?: string): readonly LedgerRow[];
  /** False where the key is there already; then nothing is changed. */
  add(kind: string, row: LedgerRow): boolean;
  /** False where the state is no longer `from`; then nothing is changed. */
  move(kind: string, key: string, from: string, to: string, atMs: number): boolean;
  /** False where there was none, or it is in another state than the one named. */
  remove(kind: string, key: string, state?: string): boolean;
}

interface Row {
  readonly key: string;
  readonly state: string;
  readonly body: string;
  readonly at_ms: number;
}

/**
 * Opens the ledger of a directory; any number of processes may.
 * @throws `store_foreign`, `store_newer`, `store_corrupt`, `store_unreadable`, `store_busy`, `disk_full`
 */
export async function openLedger(
  directory: string,
  { create = true, busyMs = 10_000 } = {},
): Promise<Ledger> {
  const path = join(directory, LEDGER_FILE);
  if (!create && !existsSync(path)) {
    fail("store_missing", { path, expected: "a ledger", hint: "name the right directory with --dir" });
  }
  const { default: Database } = await import("libsql");
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      return sqlError(error, path);
    }
  };
  const db = (() => {
    try {
      mkdirSync(directory, { recursive: true });
      return new Database(path, { timeout: busyMs });
    } catch (error) {
      const hint = "check that the directory can be made, and that it and the file may be written by you";
      return fail("store_unreadable", { path, received: messageOf(error), hint }, { cause: error });
    }
  })();
  const rows = (sql: string, values: readonly unknown[]) =>
    guarded(() => db.prepare(sql).all([...values]) as Row[]);
  const change = (sql: string, values: readonly unknown[]) =>
    guarded(() => db.prepare(sql).run([...values]).changes > 0);
  const value = (name: string): unknown => {
    const [row] = guarded(() => db.prepare(`PRAGMA ${name}`).all([]) as Record<string, unknown>[]);
    return row?.[name];
  };
  const read = ({ key, state, body, at_ms }: Row): LedgerRow => {
    try {
      return { key, state, body: JSON.parse(body) as Json, atMs: at_ms };
    } catch (error) {
      const hint = "put back a copy of the file, or move it away to begin anew";
      return fail(
        "store_corrupt",
        { path, expected: "JSON", received: `a row ${key} that is none`, hint },
        { cause: error },
      );
    }
  };
  try {
    const id = value("application_id");
    const tables = rows("select name as key, '' as state, '' as body, 0 as at_ms from sqlite_master", []);
    if (id !== APPLICATION_ID && tables.length > 0) {
      const hint = "choose another directory with --dir";
      fail("store_foreign", { path, expected: "a ledger", received: "another program's database", hint });
    }
    const version = Number(value("user_version"));
    if (version > VERSION) {
      const hint = "it was written by a newer Morphospace; update this one";
      fail("store_newer", { path, expected: `version ${VERSION}`, received: `version ${version}`, hint });
    }
    if (version < VERSION) {
      guarded(() => {
        db.pragma("journal_mode=WAL");
        db.exec(
          `begin immediate;
           create table if not exists ledger (kind text not null, key text not null, state text not null,
             body text not null, at_ms integer not null, primary key (kind, key)) without rowid;
           pragma application_id=${APPLICATION_ID};
           pragma user_version=${VERSION};
           commit`,
        );
      });
    }
    guarded(() => db.pragma("synchronous=FULL"));
  } catch (error) {
    db.close();
    throw error;
  }
  const fields = "select key, state, body, at_ms from ledger where kind = ?";
  return {
    get(kind, key) {
      const [row] = rows(`${fields} and key = ?`, [kind, key]);
      return row === undefined ? undefined : read(row);
    },
    list: (kind, prefix = "") =>
      rows(`${fields} and substr(key, 1, ?) = ? order by key`, [kind, prefix.length, prefix]).map(read),
    add: (kind, { key, state, body, atMs }) =>
      change("insert or ignore into ledger (kind, key, state, body, at_ms) values (?, ?, ?, ?, ?)", [
        kind,
        key,
        state,
        JSON.stringify(body),
        atMs,
      ]),
    move: (kind, key, from, to, atMs) =>
      change("update ledger set state = ?, at_ms = ? where kind = ? and key = ? and state = ?", [
        to,
        atMs,
        kind,
        key,
        from,
      ]),
    remove: (kind, key, state) =>
      state === undefined
        ? change("delete from ledger where kind = ? and key = ?", [kind, key])
        : change("delete from ledger where kind = ? and key = ? and state = ?", [kind, key, state]),
    [Symbol.dispose]: () => {
      if (db.open) db.close();
    },
  };
}
