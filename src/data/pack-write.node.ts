/** Writing packed files: into a temporary neighbour, renamed when whole, removed when not. */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { issue, MorphError, messageOf } from "../base/index.js";
import { type PackMeta, packHeader, packTrailer } from "./pack-format.js";
import type { SplitIndices } from "./split.js";

const BUFFER_BYTES = 2 ** 22;

/** The error for a file system that refuses: `disk_full` where room is the cause, else `write_failed`. */
export function writeFailure(path: string, error: unknown): Error {
  if (error instanceof MorphError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // EFBIG: a limit on file size, the same trouble to the user as a full disk.
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  return new MorphError(
    full
      ? issue("disk_full", {
          path,
          expected: "room for the packed examples",
          received: messageOf(error),
          hint: "free some space, or choose another folder for the cache; nothing half-written was left",
        })
      : issue("write_failed", {
          path,
          received: messageOf(error),
          hint: "choose a folder that can be written to",
        }),
    { cause: error },
  );
}

export class PackWriter {
  private readonly pending = Buffer.allocUnsafe(BUFFER_BYTES);
  private pendingBytes = 0;
  private written = 0;
  /** Of what was appended since it was last asked for. */
  private checksum = 0;
  private open = true;

  private constructor(
    private readonly target: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  /** Opens a new file beside `target`. */
  static async create(target: string): Promise<PackWriter> {
    const temporary = `${target}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
    try {
      await mkdir(dirname(target), { recursive: true });
      const writer = new PackWriter(target, temporary, await open(temporary, "wx"));
      await writer.append(packHeader());
      writer.takeChecksum();
      return writer;
    } catch (error) {
      throw writeFailure(target, error);
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.checksum = crc32(bytes, this.checksum);
    let rest = bytes;
    while (rest.length > 0) {
      const take = Math.min(rest.length, BUFFER_BYTES - this.pendingBytes);
      this.pending.set(rest.subarray(0, take), this.pendingBytes);
      this.pendingBytes += take;
      rest = rest.subarray(take);
      if (this.pendingBytes === BUFFER_BYTES) await this.flush();
    }
  }

  /** Adds targets, split and description, syncs, and puts the file in its place. Returns its path. */
  async finish(meta: PackMeta, targets: Int32Array | Float32Array, split: SplitIndices): Promise<string> {
    const records = this.takeChecksum();
    for (const part of [targets, split.train, split.validation, split.test]) {
      await this.append(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    }
    const lists = this.takeChecksum();
    const json = new TextEncoder().encode(JSON.stringify(meta));
    const offset = this.written + this.pendingBytes;
    await this.append(json);
    const checksums = { records, lists, json: this.takeChecksum() };
    await this.append(packTrailer({ offset, bytes: json.length, checksums }));
    await this.flush();
    try {
      await this.handle.sync();
      this.open = false;
      await this.handle.close();
      await rename(this.temporary, this.target);
    } catch (error) {
      throw writeFailure(this.target, error);
    }
    return this.target;
  }

  /** Removes what was written; harmless after {@link finish}. */
  async discard(): Promise<void> {
    if (this.open) {
      this.open = false;
      await this.handle.close().catch(() => {});
    }
    await rm(this.temporary, { force: true });
  }

  private takeChecksum(): number {
    const value = this.checksum;
    this.checksum = 0;
    return value;
  }

  private async flush(): Promise<void> {
    let done = 0;
    try {
      while (done < this.pendingBytes) {
        const { bytesWritten } = await this.handle.write(this.pending, done, this.pendingBytes - done);
        done += bytesWritten;
      }
    } catch (error) {
      throw writeFailure(this.target, error);
    }
    this.written += this.pendingBytes;
    this.pendingBytes = 0;
  }
}
