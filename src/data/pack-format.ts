/**
 * The packed file: 64 bytes of header, records, targets, split positions, a JSON description, and a
 * trailer that says where each begins. The description comes last because it is known last; a file
 * without its trailer is no pack.
 */
import type { InputSpec, Preprocessing, Task } from "./dataset.js";

export const PACK_HEADER_BYTES = 64;
export const PACK_TRAILER_BYTES = 32;
const MAGIC = "MORPHPK1";
const END = "MORPHEND";

/** Raised when the layout or the meaning of packed content changes; part of every cache key. */
export const PACK_VERSION = 1;

/** What the JSON of a pack says. */
export interface PackMeta {
  readonly version: number;
  readonly name: string;
  readonly source: string;
  readonly hash: string;
  readonly task: Task;
  readonly inputs: readonly InputSpec[];
  readonly preprocessing: Preprocessing;
  readonly notes: readonly string[];
  /** Records in the file. */
  readonly count: number;
  /** Lengths of the position lists of training, validation and test. */
  readonly splitLengths: readonly [number, number, number];
}

export function packHeader(): Uint8Array {
  const header = new Uint8Array(PACK_HEADER_BYTES);
  header.set(new TextEncoder().encode(MAGIC));
  return header;
}

export function packTrailer(jsonOffset: number, jsonBytes: number, fileBytes: number): Uint8Array {
  const trailer = new Uint8Array(PACK_TRAILER_BYTES);
  const view = new DataView(trailer.buffer);
  view.setFloat64(0, jsonOffset, true);
  view.setFloat64(8, jsonBytes, true);
  view.setFloat64(16, fileBytes, true);
  trailer.set(new TextEncoder().encode(END), 24);
  return trailer;
}

/** Where the JSON lies, or undefined where the trailer does not belong to a whole file of this size. */
export function parseTrailer(
  trailer: Uint8Array,
  fileBytes: number,
): { offset: number; bytes: number } | undefined {
  if (trailer.length !== PACK_TRAILER_BYTES) return undefined;
  if (new TextDecoder().decode(trailer.subarray(24)) !== END) return undefined;
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  const offset = view.getFloat64(0, true);
  const bytes = view.getFloat64(8, true);
  if (view.getFloat64(16, true) !== fileBytes) return undefined;
  if (!(offset >= PACK_HEADER_BYTES) || offset + bytes + PACK_TRAILER_BYTES !== fileBytes) return undefined;
  return { offset, bytes };
}
