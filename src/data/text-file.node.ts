/** Files of text, in pieces: gzip unpacked, byte order marks honoured, errors naming the file. */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { fail, MorphError, messageOf } from "../base/index.js";

export const PIECE_BYTES = 2 ** 20;

/** The first bytes of a file (fewer where it is shorter). Errors: `unreadable_file`. */
export async function firstBytes(path: string, length: number): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, 0);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    return unreadable(path, error);
  } finally {
    await handle?.close();
  }
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The error for a file that cannot be read, or whose gzip wrapping is broken. */
export function unreadable(path: string, error: unknown): never {
  if (error instanceof MorphError) throw error;
  if (error instanceof Error && error.name === "AbortError") throw error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("Z_")) {
    return fail(
      "corrupt_gzip",
      { path, received: messageOf(error), hint: "download or compress the file again" },
      { cause: error },
    );
  }
  return fail("unreadable_file", { path, received: messageOf(error) }, { cause: error });
}

/** The bytes of a file in pieces of about {@link PIECE_BYTES}, unpacked where it is gzip. */
export async function* bytePieces(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const zipped = isGzip(await firstBytes(path, 2));
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  let stream: Readable = file;
  if (zipped) {
    const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
    // The callback takes the error that the loop below also meets.
    pipeline(file, gunzip, () => {});
    stream = gunzip;
  }
  try {
    for await (const piece of stream) {
      signal?.throwIfAborted();
      yield piece as Uint8Array;
    }
  } catch (error) {
    unreadable(path, error);
  } finally {
    stream.destroy();
    file.destroy();
  }
}

/** The text of a file in pieces. UTF-8, or UTF-16 where its mark says so. Errors: `not_text`. */
export async function* textPieces(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const piece of bytePieces(path, signal)) {
    if (!decoder) {
      const wide = piece[0] === 0xff && piece[1] === 0xfe;
      decoder = new TextDecoder(wide ? "utf-16le" : "utf-8");
      if (!wide && piece.subarray(0, 65_536).includes(0)) {
        fail("not_text", { path, expected: "a text file", received: "binary content" });
      }
    }
    const text = decoder.decode(piece, { stream: true });
    if (text.length > 0) yield text;
  }
  const rest = decoder?.decode();
  if (rest) yield rest;
}
