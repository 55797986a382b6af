import { fail, messageOf } from "../base/index.js";
import type { Checkpoint } from "./trainer.js";

/**
 * A checkpoint as bytes: one line of JSON with the lengths, then the vectors as little-endian float32, then the
 * bytes of the header once more as a check on the end.
 */
export function encodeCheckpoint(it: Checkpoint): Uint8Array {
  const vectors = [it.params, it.states, ...it.slots];
  const header = new TextEncoder().encode(
    `${JSON.stringify({ format: "morph.checkpoint/1", epoch: it.epoch, step: it.step, lengths: vectors.map((v) => v.length) })}\n`,
  );
  const size = vectors.reduce((sum, v) => sum + v.byteLength, 0);
  const bytes = new Uint8Array(header.length + size);
  bytes.set(header);
  let at = header.length;
  for (const v of vectors) {
    bytes.set(new Uint8Array(v.buffer, v.byteOffset, v.byteLength), at);
    at += v.byteLength;
  }
  return bytes;
}

/** Errors: `checkpoint_corrupt` for anything that {@link encodeCheckpoint} did not write. */
export function decodeCheckpoint(bytes: Uint8Array, path?: string): Checkpoint {
  const corrupt = (received: string): never =>
    fail("checkpoint_corrupt", { path, received, hint: "remove the file; the trial will be trained again" });
  const end = bytes.subarray(0, 65_536).indexOf(10);
  if (end < 0) return corrupt("no header");
  let header: { format?: unknown; epoch?: unknown; step?: unknown; lengths?: unknown };
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  } catch (error) {
    return corrupt(messageOf(error));
  }
  const { format, epoch, step, lengths } = header ?? {};
  if (format !== "morph.checkpoint/1" || typeof epoch !== "number" || typeof step !== "number")
    return corrupt("another format");
  if (!Array.isArray(lengths) || !lengths.every((n) => Number.isSafeInteger(n) && n >= 0))
    return corrupt("bad lengths");
  // A copy at offset 0: a Buffer from a file may start anywhere in its memory.
  const body = new Uint8Array(bytes.subarray(end + 1));
  if (body.length !== lengths.reduce((sum: number, n: number) => sum + 4 * n, 0))
    return corrupt(`${body.length} bytes of weights`);
  let at = 0;
  const vectors = lengths.map((n: number) => {
    const vector = new Float32Array(body.buffer, at, n);
    at += 4 * n;
    return vector;
  });
  const [params, states, ...slots] = vectors;
  if (params === undefined || states === undefined) return corrupt("too few vectors");
  return { params, states, slots, epoch, step };
}
