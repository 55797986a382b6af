/**
 * The packed file: 64 bytes of header, records, targets, split positions, a JSON description, and a
 * trailer that says where it begins and what the checksums are. The description comes last because it is
 * known last; a file without its trailer is no pack.
 */
import type { InputSpec, Preprocessing, Task } from "./dataset.js";

export const PACK_HEADER_BYTES = 64;
export const PACK_TRAILER_BYTES = 44;
const MAGIC = "MORPHPK2";
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

/** CRC-32 of the parts of a pack. */
export interface PackChecksums {
  readonly records: number;
  /** Of targets and split positions. */
  readonly lists: number;
  readonly json: number;
}

/** Where the description lies in the file, and what the parts must add up to. */
export interface PackPlaces {
  readonly offset: number;
  readonly bytes: number;
  readonly checksums: PackChecksums;
}

export function packTrailer({ offset, bytes, checksums }: PackPlaces): Uint8Array {
  const trailer = new Uint8Array(PACK_TRAILER_BYTES);
  const view = new DataView(trailer.buffer);
  view.setFloat64(0, offset, true);
  view.setFloat64(8, bytes, true);
  view.setFloat64(16, offset + bytes + PACK_TRAILER_BYTES, true);
  view.setUint32(24, checksums.records, true);
  view.setUint32(28, checksums.lists, true);
  view.setUint32(32, checksums.json, true);
  trailer.set(new TextEncoder().encode(END), PACK_TRAILER_BYTES - END.length);
  return trailer;
}

/** The trailer read, or undefined where it does not belong to a whole file of this size. */
export function parseTrailer(trailer: Uint8Array, fileBytes: number): PackPlaces | undefined {
  if (trailer.length !== PACK_TRAILER_BYTES) return undefined;
  if (new TextDecoder().decode(trailer.subarray(PACK_TRAILER_BYTES - END.length)) !== END) return undefined;
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  const offset = view.getFloat64(0, true);
  const bytes = view.getFloat64(8, true);
  if (view.getFloat64(16, true) !== fileBytes || !Number.isSafeInteger(offset)) return undefined;
  if (!(offset >= PACK_HEADER_BYTES) || offset + bytes + PACK_TRAILER_BYTES !== fileBytes) return undefined;
  const [records, lists, json] = [24, 28, 32].map((at) => view.getUint32(at, true));
  if (records === undefined || lists === undefined || json === undefined) return undefined;
  return { offset, bytes, checksums: { records, lists, json } };
}
