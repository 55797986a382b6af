import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** The file of a cache within its directory. */
export const CACHE_FILE = "cache.db";

/** What can be computed again, kept by name. Everything in it may be lost at any time. */
export interface Cache extends Disposable {
  /** Undefined where nothing whole is kept by that name. */
  get(key: string): Uint8Array | undefined;
  /** Keeps the bytes if it can: a full or read-only disk is no error here. */
  put(key: string, bytes: Uint8Array): void;
}

/**
 * A cache in a SQLite file of its own beside the studies: it may be deleted without loss. Undefined where it cannot be
 * opened or is damaged; then things are computed anew each time.
 */
export async function openCache(directory: string): Promise<Cache | undefined> {
  const { default: Database } = await import("libsql");
  try {
    mkdirSync(directory, { recursive: true });
    const db = new Database(join(directory, CACHE_FILE), { timeout: 2_000 });
    db.pragma("journal_mode=WAL");
    db.exec(
      "create table if not exists blob (key text primary key, bytes blob not null, crc integer not null)",
    );
    return {
      get(key) {
        const [row] = attempt(() => db.prepare("select bytes, crc from blob where key = ?").all([key])) ?? [];
        if (!isRow(row)) return undefined;
        const bytes = new Uint8Array(row.bytes);
        return crc32(bytes) === row.crc ? bytes : undefined;
      },
      put(key, bytes) {
        attempt(() =>
          db
            .prepare("insert or replace into blob (key, bytes, crc) values (?, ?, ?)")
            .run([key, Buffer.from(bytes), crc32(bytes)]),
        );
      },
      [Symbol.dispose]: () => {
        attempt(() => db.close());
      },
    };
  } catch {
    return undefined;
  }
}

function isRow(row: unknown): row is { readonly bytes: Uint8Array; readonly crc: number } {
  if (typeof row !== "object" || row === null || !("bytes" in row) || !("crc" in row)) return false;
  const { bytes, crc } = row;
  return (bytes instanceof Uint8Array || bytes instanceof ArrayBuffer) && typeof crc === "number";
}

function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
