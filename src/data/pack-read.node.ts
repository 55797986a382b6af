/** Opening packed files: whole into memory, or by random reads where they exceed the bound. */
import { type FileHandle, open, rm } from "node:fs/promises";
import { crc32 } from "node:zlib";
import {
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  PACK_VERSION,
  type PackChecksums,
  type PackMeta,
  packHeader,
  parseTrailer,
} from "./pack-format.js";
import { layoutOf, memorySource, type RecordSource } from "./records.js";
import type { SplitIndices } from "./split.js";

export interface LoadedPack {
  readonly meta: PackMeta;
  readonly targets: Int32Array | Float32Array;
  readonly split: SplitIndices;
  readonly source: RecordSource;
}

/**
 * A packed file, or undefined where there is none or it is not as it was written (it will be built anew). Records
 * that stay on disk are not checked: that would read them all.
 * `scratch`: a folder that goes away with the data set.
 */
export async function loadPack(
  path: string,
  bound: number,
  scratch?: string,
): Promise<LoadedPack | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch {
    return undefined;
  }
  let keepOpen = false;
  try {
    const { size } = await handle.stat();
    const found = await readMeta(handle, size);
    if (!found) return undefined;
    const { meta, checksums } = found;
    const { recordBytes } = layoutOf(meta.inputs);
    const recordsEnd = PACK_HEADER_BYTES + recordBytes * meta.count;
    const lists = await readExactly(handle, recordsEnd, 4 * (meta.count + sum(meta.splitLengths)));
    if (!lists || crc32(lists) !== checksums.lists) return undefined;
    const numbers = new Int32Array(lists.buffer, 0, lists.length / 4);
    const targets =
      meta.task.kind === "classification"
        ? numbers.subarray(0, meta.count)
        : new Float32Array(lists.buffer, 0, meta.count);
    const split = cutSplit(numbers.subarray(meta.count), meta.splitLengths);
    if (recordBytes * meta.count <= bound) {
      const records = await readExactly(handle, PACK_HEADER_BYTES, recordBytes * meta.count);
      if (!records || crc32(records) !== checksums.records) return undefined;
      return { meta, targets, split, source: memorySource(records, recordBytes) };
    }
    // An open file outlives its name, so a kill leaves nothing behind (except where the system forbids it).
    if (scratch) await rm(scratch, { recursive: true, force: true }).catch(() => {});
    keepOpen = true;
    return { meta, targets, split, source: fileSource(handle, recordBytes, scratch) };
  } finally {
    if (!keepOpen) await handle.close();
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

async function readMeta(
  handle: FileHandle,
  size: number,
): Promise<{ meta: PackMeta; checksums: PackChecksums } | undefined> {
  if (size < PACK_HEADER_BYTES + PACK_TRAILER_BYTES) return undefined;
  const header = await readExactly(handle, 0, PACK_HEADER_BYTES);
  const trailer = await readExactly(handle, size - PACK_TRAILER_BYTES, PACK_TRAILER_BYTES);
  if (!header || !trailer || Buffer.compare(header, packHeader()) !== 0) return undefined;
  const place = parseTrailer(trailer, size);
  const json = place && (await readExactly(handle, place.offset, place.bytes));
  if (!json || crc32(json) !== place.checksums.json) return undefined;
  try {
    const meta = JSON.parse(new TextDecoder().decode(json)) as PackMeta;
    return meta.version === PACK_VERSION ? { meta, checksums: place.checksums } : undefined;
  } catch {
    return undefined;
  }
}

async function readExactly(
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(length);
  return (await readInto(handle, bytes, position)) ? bytes : undefined;
}

async function readInto(handle: FileHandle, bytes: Uint8Array, position: number): Promise<boolean> {
  let done = 0;
  while (done < bytes.length) {
    // One read call is limited to 2 GiB.
    const length = Math.min(bytes.length - done, 2 ** 30);
    const { bytesRead } = await handle.read(bytes, done, length, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

function cutSplit(numbers: Int32Array, [a, b, c]: readonly [number, number, number]): SplitIndices {
  return {
    train: numbers.subarray(0, a),
    validation: numbers.subarray(a, a + b),
    test: numbers.subarray(a + b, a + b + c),
  };
}

/** Neighbours closer than this are fetched by one read. */
const GAP_BYTES = 2 ** 14;
const RUN_BYTES = 2 ** 20;
const PARALLEL_READS = 8;

function fileSource(handle: FileHandle, recordBytes: number, scratch: string | undefined): RecordSource {
  return {
    inMemory: false,
    async read(positions, signal) {
      const out = new Uint8Array(positions.length * recordBytes);
      const order = Array.from(positions.keys()).sort((x, y) => (positions[x] ?? 0) - (positions[y] ?? 0));
      const runs = runsOf(order, positions, recordBytes);
      let next = 0;
      const worker = async () => {
        for (let run = runs[next++]; run; run = runs[next++]) {
          signal?.throwIfAborted();
          const first = positions[run[0] ?? 0] ?? 0;
          const last = positions[run.at(-1) ?? 0] ?? 0;
          const bytes = new Uint8Array((last - first + 1) * recordBytes);
          if (!(await readInto(handle, bytes, PACK_HEADER_BYTES + first * recordBytes))) {
            throw new RangeError("the packed file became shorter while it was open");
          }
          for (const i of run) {
            const start = ((positions[i] ?? 0) - first) * recordBytes;
            out.set(bytes.subarray(start, start + recordBytes), i * recordBytes);
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(PARALLEL_READS, runs.length) }, worker));
      return out;
    },
    async close() {
      await handle.close();
      if (scratch) await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Groups of places in `order` whose records lie near each other. */
function runsOf(order: readonly number[], positions: Int32Array, recordBytes: number): number[][] {
  const runs: number[][] = [];
  let run: number[] = [];
  let first = 0;
  let previous = 0;
  for (const i of order) {
    const p = positions[i] ?? 0;
    const near = (p - previous - 1) * recordBytes <= GAP_BYTES && (p - first + 1) * recordBytes <= RUN_BYTES;
    if (run.length > 0 && !near) {
      runs.push(run);
      run = [];
    }
    if (run.length === 0) first = p;
    run.push(i);
    previous = p;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
