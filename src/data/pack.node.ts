/**
 * Turning a source into a data set: the source writes records once, in order; they are kept in memory, or
 * in a packed file where they exceed the bound, or in both where a cache folder is given.
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, hashJson } from "../base/index.js";
import { datasetOf, metaOf } from "./assemble.js";
import { type DataOptions, type Dataset, DEFAULT_MEMORY_BOUND_BYTES } from "./dataset.js";
import type { Build } from "./draft.js";
import { PACK_VERSION } from "./pack-format.js";
import { loadPack } from "./pack-read.node.js";
import { PackWriter, writeFailure } from "./pack-write.node.js";
import { layoutOf, memorySource } from "./records.js";

export interface PackRequest {
  /** First part of the cached file's name: the kind of source. */
  readonly kind: string;
  readonly name: string;
  readonly source: string;
  /** Everything that decides the content (paths, sizes, times, options); JSON. */
  readonly key: unknown;
}

/**
 * The data set of a source: from the cache where it lies there, else built. Peak memory is that of the
 * records or of the bound, whichever is smaller, beside what `build` itself holds.
 * Errors: `disk_full`, `write_failed`, and those of `build`; none of them leaves a file behind.
 */
export async function openPacked(request: PackRequest, options: DataOptions, build: Build): Promise<Dataset> {
  const bound = options.memoryBoundBytes ?? DEFAULT_MEMORY_BOUND_BYTES;
  const key = hashJson({ version: PACK_VERSION, kind: request.kind, key: request.key });
  const cached = options.cacheDir ? join(options.cacheDir, `${request.kind}-${key}.pack`) : undefined;
  if (cached) {
    const found = await loadPack(cached, bound);
    if (found) return datasetOf(found.meta, found.targets, found.split, found.source);
  }
  options.signal?.throwIfAborted();

  const sha = createHash("sha256");
  let memory: Uint8Array<ArrayBuffer> | undefined;
  let used = 0;
  let writer: PackWriter | undefined;
  let scratch: string | undefined;
  try {
    const draft = await build(async (inputs, count) => {
      const total = layoutOf(inputs).recordBytes * count;
      if (total <= bound) {
        memory = new Uint8Array(total);
      } else {
        scratch = cached ? undefined : await scratchFolder();
        writer = await PackWriter.create(cached ?? join(scratch ?? "", "records.pack"));
      }
      return {
        async write(records) {
          sha.update(records);
          memory?.set(records, used);
          used += records.length;
          await writer?.append(records);
          options.signal?.throwIfAborted();
        },
      };
    });
    const meta = metaOf(request, draft, sha.digest("hex"));
    if (used !== meta.count * layoutOf(draft.inputs).recordBytes) {
      fail("internal", {
        path: request.source,
        expected: `${meta.count} records`,
        received: `${used} bytes`,
      });
    }
    if (memory && cached) {
      writer = await PackWriter.create(cached);
      await writer.append(memory);
    }
    const file = writer ? await writer.finish(meta, draft.targets, draft.split) : undefined;
    if (memory) {
      const source = memorySource(memory, layoutOf(draft.inputs).recordBytes);
      return datasetOf(meta, draft.targets, draft.split, source);
    }
    const packed = file ? await loadPack(file, -1, scratch) : undefined;
    if (!packed)
      return fail("internal", { path: request.source, expected: "a packed file that was just written" });
    return datasetOf(packed.meta, packed.targets, packed.split, packed.source);
  } catch (error) {
    await writer?.discard();
    if (scratch) await rm(scratch, { recursive: true, force: true });
    throw error;
  }
}

async function scratchFolder(): Promise<string> {
  const root = tmpdir();
  try {
    await mkdir(root, { recursive: true });
    return await mkdtemp(join(root, "morphospace-"));
  } catch (error) {
    throw writeFailure(root, error);
  }
}
