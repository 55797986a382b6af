import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, messageOf } from "../base/index.js";

/** Text, bytes, or bytes in pieces. */
export type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/** `.model.onnx.4711-3.part`: name, process, count. */
const PART = /^\..+\.(\d+)-\d+\.part$/;

let parts = 0;

/**
 * Write a file so that its name shows the old content or the whole new one, whatever happens meanwhile: into
 * a file beside it, synced, then renamed over it. The directory is made where it is missing.
 * @throws `disk_full`, `file_unwritable`; what `content` throws, or the signal's reason. Then the target is
 * as it was and nothing else is left.
 */
export async function writeArtifact(path: string, content: Content, signal?: AbortSignal): Promise<void> {
  const directory = dirname(path);
  const part = partOf(path);
  try {
    await mkdir(directory, { recursive: true });
    const file = await open(part, "wx");
    try {
      for await (const piece of piecesOf(content)) {
        signal?.throwIfAborted();
        await file.writeFile(piece);
      }
      signal?.throwIfAborted();
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    await syncDirectory(directory);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    return writeFailed(error, path);
  }
}

/** As {@link writeArtifact}, at once: for handlers that cannot wait. The directory must exist. */
export function writeArtifactSync(path: string, content: string | Uint8Array): void {
  const part = partOf(path);
  try {
    const file = openSync(part, "wx");
    try {
      let rest = typeof content === "string" ? Buffer.from(content) : content;
      while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    writeFailed(error, path);
  }
}

/**
 * Remove what writers left behind that died while writing: unfinished files of processes that are no more.
 * Returns their names. `isAlive` is asked for each process number.
 */
export async function sweepParts(
  directory: string,
  isAlive: (pid: number) => boolean = alive,
): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await readdir(directory).catch(() => [])) {
    const pid = PART.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(directory, name), { force: true });
    swept.push(name);
  }
  return swept.sort();
}

function partOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${parts++}.part`);
}

async function* piecesOf(content: Content): AsyncGenerator<string | Uint8Array> {
  if (typeof content === "string" || content instanceof Uint8Array) yield content;
  else yield* content;
}

/** Makes the rename last. Some systems cannot open a directory; there the rename is all that can be done. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch {
    // The file is in its place; only a loss of power at this moment could bring the old one back.
  } finally {
    await handle.close();
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function writeFailed(error: unknown, path: string): never {
  const because = { cause: error };
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    const received = `${code}: no space left`;
    fail(
      "disk_full",
      { path, received, hint: "nothing was written; free some space and try again" },
      because,
    );
  }
  if (/^E[A-Z]+$/.test(code)) {
    const hint = "check that the path names a file and that its directory may be written by you";
    fail("file_unwritable", { path, received: messageOf(error), hint }, because);
  }
  throw error;
}
