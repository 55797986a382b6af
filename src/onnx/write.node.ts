import { randomUUID } from "node:crypto";
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { issue, MorphError, messageOf } from "../base/index.js";

/** A file to be: its place and its contents in pieces. */
export interface NewFile {
  readonly path: string;
  readonly chunks: readonly Uint8Array[];
}

/**
 * Write files so that each place holds either its old contents or all of the new ones: everything is
 * written beside its place and synced first, then moved in the order given. On failure before the first
 * move nothing has changed; temporary files are removed in any case.
 */
export async function writeFiles(files: readonly NewFile[], signal?: AbortSignal): Promise<void> {
  const staged: { temporary: string; path: string }[] = [];
  let current = files[0]?.path ?? "";
  try {
    for (const { path, chunks } of files) {
      current = path;
      const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
      staged.push({ temporary, path });
      await writeSynced(temporary, chunks, signal);
    }
    for (const { temporary, path } of staged) {
      current = path;
      await rename(temporary, path);
    }
    await syncDirectory(dirname(current));
  } catch (error) {
    // What was moved already is no longer there under its temporary name.
    for (const { temporary } of staged) await unlink(temporary).catch(() => undefined);
    if (signal?.aborted) throw error;
    throw writeProblem(error, current);
  }
}

async function writeSynced(path: string, chunks: readonly Uint8Array[], signal: AbortSignal | undefined) {
  const handle = await open(path, "wx");
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        signal?.throwIfAborted();
        // In pieces: a single write takes at most 2 GiB, and cancelling should not wait for it.
        const { bytesWritten } = await handle.write(chunk, at, Math.min(chunk.length - at, 2 ** 26));
        at += bytesWritten;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the move itself durable where the system can; others do not let a directory be opened. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function writeProblem(error: unknown, path: string): MorphError {
  if (error instanceof MorphError) return error;
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    const hint = "free some space and save again; the file that was there before is unchanged";
    return new MorphError(issue("disk_full", { path, received: code, hint }), { cause: error });
  }
  const hint =
    code === "ENOENT"
      ? "create the directory first"
      : "check that the directory can be written to; the file that was there before is unchanged";
  return new MorphError(issue("write_failed", { path, received: messageOf(error), hint }), { cause: error });
}

/** The error of a file that cannot be read; anything else stays as it is. */
export function readProblem(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof MorphError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  if (code === "ENOENT") {
    return new MorphError(issue("not_found", { received: "no such file", hint: "check the path" }), {
      cause: error,
    });
  }
  const hint = code === "EISDIR" ? "give the .onnx file inside the directory" : "check that it can be read";
  return new MorphError(issue("read_failed", { received: messageOf(error), hint }), { cause: error });
}
