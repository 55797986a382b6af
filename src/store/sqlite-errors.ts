import { fail, MorphError, messageOf } from "../base/index.js";

/** An error of the database as an issue that names its file. */
export function sqlError(error: unknown, path: string): never {
  if (error instanceof MorphError) throw error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const received = `${messageOf(error)}${code && ` (${code})`}`;
  const because = { cause: error };
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE" || code === "ENOSPC") {
    fail(
      "disk_full",
      { path, received, hint: "nothing of this step was kept; free some space and resume" },
      because,
    );
  }
  // The queries are fixed: where one does not fit the tables, it is the tables that are not as they were.
  if (/^SQLITE_(NOTADB|CORRUPT|ERROR|CONSTRAINT|MISMATCH|INTERNAL|FORMAT|SCHEMA)/.test(code)) {
    const hint = "put back a copy of the file, or move it away to begin anew";
    fail("store_corrupt", { path, expected: "a study database", received, hint }, because);
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    const hint = "another process holds the file; try again when it is done";
    fail("store_busy", { path, received, hint }, because);
  }
  const unreadable =
    /^SQLITE_(READONLY|CANTOPEN|PERM|IOERR|AUTH)/.test(code) || /Unable to open/.test(received);
  if (unreadable) {
    const hint = "check that the directory exists, is on a local disk, and may be written by you";
    fail("store_unreadable", { path, received, hint }, because);
  }
  throw error;
}
