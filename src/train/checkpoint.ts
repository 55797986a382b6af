import { checksum32, fail, messageOf } from "../base/index.js";
import type { Checkpoint } from "./trainer.js";

/** The checksum before the header: eight hexadecimal digits. */
const SUM_BYTES = 8;

/** Checksum of bytes, the place of the checksum itself taken as blank. */
function sumOf(bytes: Uint8Array): string {
  bytes.fill(32, 0, SUM_BYTES);
  return checksum32(bytes).toString(16).padStart(SUM_BYTES, "0");
}

/**
 * Vectors with a header as bytes: one line of a checksum and JSON with the header and the vectors' lengths, then the
 * vectors as little-endian float32.
 */
export function encodeVectors(header: object, vectors: readonly Float32Array[]): Uint8Array {
  const line = new TextEncoder().encode(
    `${JSON.stringify({ ...header, lengths: vectors.map((v) => v.length) })}\n`,
  );
  const size = vectors.reduce((sum, v) => sum + v.byteLength, 0);
  const bytes = new Uint8Array(SUM_BYTES + line.length + size);
  bytes.set(line, SUM_BYTES);
  let at = SUM_BYTES + line.length;
  for (const v of vectors) {
    bytes.set(new Uint8Array(v.buffer, v.byteOffset, v.byteLength), at);
    at += v.byteLength;
  }
  bytes.set(new TextEncoder().encode(sumOf(bytes)));
  return bytes;
}

/** Errors: `checkpoint_corrupt` for anything that {@link encodeVectors} did not write. */
export function decodeVectors(
  given: Uint8Array,
  path?: string,
): { readonly header: object; readonly vectors: Float32Array[] } {
  const corrupt = (received: string): never => failCorrupt(received, path);
  const end = given.subarray(0, 65_536).indexOf(10);
  if (end < 0) return corrupt("no header");
  // A copy at offset 0: a Buffer from a file may start anywhere in its memory.
  const bytes = new Uint8Array(given);
  const written = new TextDecoder().decode(bytes.subarray(0, SUM_BYTES));
  if (written !== sumOf(bytes)) return corrupt("other bytes than were written");
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(SUM_BYTES, end)));
  } catch (error) {
    return corrupt(messageOf(error));
  }
  if (typeof header !== "object" || header === null || !("lengths" in header))
    return corrupt("another format");
  const { lengths } = header;
  if (!Array.isArray(lengths) || !lengths.every((n) => Number.isSafeInteger(n) && n >= 0))
    return corrupt("bad lengths");
  const body = bytes.slice(end + 1);
  if (body.length !== lengths.reduce((sum: number, n: number) => sum + 4 * n, 0))
    return corrupt(`${body.length} bytes of weights`);
  let at = 0;
  const vectors = lengths.map((n: number) => {
    const vector = new Float32Array(body.buffer, at, n);
    at += 4 * n;
    return vector;
  });
  return { header, vectors };
}

function failCorrupt(received: string, path?: string): never {
  return fail("checkpoint_corrupt", {
    path,
    received,
    hint: "remove the file; the trial will be trained again",
  });
}

/** A checkpoint as bytes (see {@link encodeVectors}). */
export function encodeCheckpoint(it: Checkpoint): Uint8Array {
  const { params, states, slots, epoch, step } = it;
  return encodeVectors({ format: "morph.checkpoint/1", epoch, step }, [params, states, ...slots]);
}

/** Errors: `checkpoint_corrupt` for anything that {@link encodeCheckpoint} did not write. */
export function decodeCheckpoint(bytes: Uint8Array, path?: string): Checkpoint {
  const { header, vectors } = decodeVectors(bytes, path);
  const { format, epoch, step } = header as { format?: unknown; epoch?: unknown; step?: unknown };
  if (format !== "morph.checkpoint/1" || typeof epoch !== "number" || typeof step !== "number")
    return failCorrupt("another format", path);
  const [params, states, ...slots] = vectors;
  if (params === undefined || states === undefined) return failCorrupt("too few vectors", path);
  return { params, states, slots, epoch, step };
}
