/** Reading ZIP archives as NumPy writes them (stored or deflated, ZIP64), without unpacking more than asked. */
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { fail, MorphError, messageOf } from "../base/index.js";
import { type Bytes, fileWindow, spill } from "./bytes.node.js";
import { PIECE_BYTES, unreadable } from "./text-file.node.js";

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

export interface Zip {
  readonly names: readonly string[];
  /** An entry's bytes; close them when done. Errors: `corrupt_zip`, `disk_full`. */
  open(name: string, bound: number): Promise<Bytes>;
  close(): Promise<void>;
}

const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const LARGEST_DIRECTORY = 2 ** 24;

/** Errors: `corrupt_zip`, `unreadable_file`. */
export async function openZip(path: string): Promise<Zip> {
  const handle = await open(path, "r").catch((error: unknown) => unreadable(path, error));
  try {
    const { size } = await handle.stat();
    const file = fileWindow(handle, path, 0, size, async () => {});
    const entries = new Map((await directory(file, path)).map((entry) => [entry.name, entry]));
    return {
      names: [...entries.keys()],
      async open(name, bound) {
        const entry = entries.get(name);
        if (!entry) return corrupt(path, `no entry ${name}`);
        return openEntry(handle, file, entry, path, bound);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    if (error instanceof MorphError && error.code !== "truncated_file") throw error;
    return corrupt(path, messageOf(error), error);
  }
}

function corrupt(path: string, received: string, cause?: unknown): never {
  return fail(
    "corrupt_zip",
    { path, expected: "a whole ZIP archive", received, hint: "download or write the file again" },
    { cause },
  );
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function directory(file: Bytes, path: string): Promise<Entry[]> {
  const { count, start, length } = await locate(file, path);
  if (length > LARGEST_DIRECTORY) corrupt(path, `a directory of ${length} bytes`);
  const bytes = await file.read(start, length);
  const view = viewOf(bytes);
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (at + 46 > length || view.getUint32(at, true) !== 0x02014b50) corrupt(path, "a broken directory");
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const next = at + 46 + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > length) corrupt(path, "a broken directory");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes));
    if (view.getUint16(at + 8, true) & 1) corrupt(path, `the encrypted entry ${name}`);
    const extra = bytes.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    const long = wideFields(extra, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]);
    entries.push({
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      bytes: long[0] ?? 0,
      packedBytes: long[1] ?? 0,
      headerAt: long[2] ?? 0,
    });
    at = next;
  }
  return entries;
}

/** ZIP64: fields that are all ones stand, in this order, in the extra field 1. */
function wideFields(extra: Uint8Array, fields: readonly number[]): number[] {
  const view = viewOf(extra);
  let at = 0;
  while (at + 4 <= extra.length && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true);
  let value = at + 4;
  return fields.map((field) => {
    if (field !== 0xffffffff || value + 8 > extra.length) return field;
    value += 8;
    return Number(view.getBigUint64(value - 8, true));
  });
}

async function locate(file: Bytes, path: string): Promise<{ count: number; start: number; length: number }> {
  const tailBytes = Math.min(file.length, END_BYTES + LONGEST_COMMENT);
  const tailAt = file.length - tailBytes;
  const view = viewOf(await file.read(tailAt, tailBytes));
  let at = tailBytes - END_BYTES;
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) return corrupt(path, "no directory (the file is cut short, or no ZIP)");
  const found = {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
  };
  if (found.start !== 0xffffffff && found.count !== 0xffff) return found;
  if (at < 20 || view.getUint32(at - 20, true) !== 0x07064b50) return corrupt(path, "no ZIP64 directory");
  const record = viewOf(await file.read(Number(view.getBigUint64(at - 12, true)), 56));
  if (record.getUint32(0, true) !== 0x06064b50) return corrupt(path, "no ZIP64 directory");
  return {
    count: Number(record.getBigUint64(32, true)),
    length: Number(record.getBigUint64(40, true)),
    start: Number(record.getBigUint64(48, true)),
  };
}

async function openEntry(
  handle: FileHandle,
  file: Bytes,
  entry: Entry,
  path: string,
  bound: number,
): Promise<Bytes> {
  const where = `${path}/${entry.name}`;
  try {
    const local = viewOf(await file.read(entry.headerAt, 30));
    if (local.getUint32(0, true) !== 0x04034b50) corrupt(where, "a broken entry");
    const start = entry.headerAt + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    if (start + entry.packedBytes > file.length) corrupt(where, "an entry beyond the end");
    if (entry.method === 0) {
      if (entry.bytes !== entry.packedBytes) corrupt(where, "two lengths that differ");
      return fileWindow(handle, where, start, entry.bytes, async () => {});
    }
    if (entry.method !== 8) corrupt(where, `compression method ${entry.method}, which is not read`);
    return await spill(inflated(file, start, entry, where), bound);
  } catch (error) {
    if (error instanceof MorphError && error.code !== "truncated_file") throw error;
    return corrupt(where, messageOf(error), error);
  }
}

/** Unpacks, and refuses more bytes than the directory promised (a ZIP bomb) or a wrong checksum. */
async function* inflated(
  file: Bytes,
  start: number,
  entry: Entry,
  where: string,
): AsyncGenerator<Uint8Array> {
  const packed = async function* () {
    for (let at = 0; at < entry.packedBytes; at += PIECE_BYTES) {
      yield await file.read(start + at, Math.min(PIECE_BYTES, entry.packedBytes - at));
    }
  };
  const inflate = createInflateRaw({ chunkSize: PIECE_BYTES });
  const source = Readable.from(packed());
  source.on("error", (error) => inflate.destroy(error));
  source.pipe(inflate);
  let total = 0;
  let crc = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Uint8Array>) {
      total += piece.length;
      if (total > entry.bytes) corrupt(where, `more than the ${entry.bytes} bytes it promised`);
      crc = crc32(piece, crc);
      yield piece;
    }
  } finally {
    source.destroy();
    inflate.destroy();
  }
  if (total !== entry.bytes) corrupt(where, `${total} bytes in place of ${entry.bytes}`);
  if (crc !== entry.crc) corrupt(where, "a wrong checksum");
}
