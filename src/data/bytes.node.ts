/** Bytes that can be read anywhere: of a file, of part of one, or unpacked from one. */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail } from "../base/index.js";
import { writeFailure } from "./pack-write.node.js";
import { bytePieces, firstBytes, isGzip, unreadable } from "./text-file.node.js";

export interface Bytes {
  readonly length: number;
  /** Exactly `length` bytes from `offset`; fails where they end before. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Unpacked bytes beyond this go to a scratch file. */
const UNPACKED_IN_MEMORY = 2 ** 28;

/** A file's bytes, unpacked where it is gzip. Errors: `unreadable_file`, `corrupt_gzip`, `disk_full`. */
export async function openBytes(path: string, bound: number, signal?: AbortSignal): Promise<Bytes> {
  if (isGzip(await firstBytes(path, 2))) return spill(bytePieces(path, signal), bound);
  const handle = await open(path, "r").catch((error: unknown) => unreadable(path, error));
  const { size } = await handle.stat();
  return fileWindow(handle, path, 0, size, () => handle.close());
}

/** Part of an open file. */
export function fileWindow(
  handle: FileHandle,
  path: string,
  start: number,
  length: number,
  close: () => Promise<void>,
): Bytes {
  return {
    length,
    async read(offset, count) {
      if (offset + count > length) return endsEarly(path);
      const bytes = new Uint8Array(count);
      let done = 0;
      while (done < count) {
        const wanted = Math.min(count - done, 2 ** 30);
        const { bytesRead } = await handle.read(bytes, done, wanted, start + offset + done);
        if (bytesRead === 0) return endsEarly(path);
        done += bytesRead;
      }
      return bytes;
    },
    close,
  };
}

export function memoryBytes(bytes: Uint8Array): Bytes {
  return {
    length: bytes.length,
    async read(offset, count) {
      if (offset + count > bytes.length) return endsEarly("memory");
      return new Uint8Array(bytes.subarray(offset, offset + count));
    },
    close: async () => {},
  };
}

function endsEarly(path: string): never {
  return fail("truncated_file", { path, hint: "the file is cut short; download or write it again" });
}

/**
 * Keeps a stream's bytes: in memory while they are few, else in a scratch file that goes away on closing.
 */
export async function spill(pieces: AsyncIterable<Uint8Array>, bound: number): Promise<Bytes> {
  const limit = Math.min(bound, UNPACKED_IN_MEMORY);
  const held: Uint8Array[] = [];
  let length = 0;
  let scratch: { folder: string; path: string; handle: FileHandle } | undefined;
  const remove = async () => {
    await scratch?.handle.close().catch(() => {});
    if (scratch) await rm(scratch.folder, { recursive: true, force: true });
  };
  try {
    for await (const piece of pieces) {
      length += piece.length;
      held.push(piece);
      if (length <= limit) continue;
      scratch ??= await scratchFile();
      for (const some of held.splice(0)) await writeAll(scratch.handle, some, scratch.path);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  if (!scratch) return memoryBytes(Buffer.concat(held));
  return fileWindow(scratch.handle, scratch.path, 0, length, remove);
}

async function scratchFile(): Promise<{ folder: string; path: string; handle: FileHandle }> {
  try {
    const folder = await mkdtemp(join(tmpdir(), "morphospace-"));
    const path = join(folder, "unpacked");
    return { folder, path, handle: await open(path, "wx+") };
  } catch (error) {
    throw writeFailure(tmpdir(), error);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  try {
    let done = 0;
    while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten;
  } catch (error) {
    throw writeFailure(path, error);
  }
}
