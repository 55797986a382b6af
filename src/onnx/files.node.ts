import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { create } from "@bufbuild/protobuf";
import { fail } from "../base/index.js";
import type { Model } from "../ir/index.js";
import { modelOf, parseModel } from "./decode.js";
import { bytesOfModel, encodeModel, MAX_MODEL_BYTES, protoOfModel } from "./encode.js";
import { checkLocation, type ExternalTensor, externalTensors, internalise } from "./external.js";
import { withSource } from "./problems.js";
import { StringStringEntryProtoSchema } from "./schema.gen.js";
import { readProblem, writeFiles } from "./write.node.js";

export interface LoadOptions {
  /** Put the bodies of model-local functions in place of their calls (the default), or keep both. */
  inlineFunctions?: boolean;
  signal?: AbortSignal;
}

export interface SaveOptions {
  /** Put the data of large initializers into a file beside the model's. Needed from 2 GiB on. */
  externalData?: {
    /** Path relative to the model's directory; the model's file name with `.data` behind it by default. */
    location?: string;
    /** Smallest initializer that goes there, 1024 bytes by default. */
    thresholdBytes?: number;
  };
  signal?: AbortSignal;
}

/**
 * Read a model from a file, with the data that lie in files beside it. Those must lie in the model's own
 * directory, also after links are followed; where the model gives a checksum, it must agree.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Model> {
  try {
    const proto = parseModel(await readWhole(path, options.signal));
    await readExternal(path, externalTensors(proto), options.signal);
    return modelOf(proto, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw withSource("onnx_corrupt", path, readProblem(error));
  }
}

async function readWhole(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > MAX_MODEL_BYTES) {
    fail("onnx_too_large", {
      expected: "a file of less than 2 GiB",
      received: `${size} bytes`,
      hint: "no ONNX file is larger; weights beyond that lie in external data",
    });
  }
  return readFile(path, { signal });
}

async function readExternal(
  path: string,
  tensors: readonly ExternalTensor[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const byLocation = new Map<string, ExternalTensor[]>();
  for (const t of tensors) {
    const group = byLocation.get(t.range.location);
    if (group === undefined) byLocation.set(t.range.location, [t]);
    else group.push(t);
  }
  for (const [location, group] of byLocation) {
    const file = await resolveLocation(path, location);
    const sums = new Set(group.flatMap((t) => t.range.checksum ?? []));
    if (sums.size > 0) await verifyChecksum(file, location, sums, signal);
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      for (const t of group) {
        signal?.throwIfAborted();
        internalise(t, await readRange(handle, t, size));
      }
    } finally {
      await handle.close();
    }
  }
}

/** The real file of a location: inside the directory of the model, or of the file that it is a link to. */
async function resolveLocation(path: string, location: string): Promise<string> {
  checkLocation(location, location);
  const file = await realpath(join(dirname(path), location)).catch((cause: unknown) =>
    fail(
      "onnx_external_missing",
      {
        path: location,
        received: "no such file",
        hint: `put ${location} beside the model: its weights lie there`,
      },
      { cause },
    ),
  );
  const homes = [await realpath(dirname(path)), dirname(await realpath(path))];
  if (!homes.some((home) => isInside(home, file))) {
    fail("onnx_external_escapes", {
      path: location,
      expected: "a file inside the model's directory",
      received: "a link that leads out of it",
      hint: "copy the data beside the model, if you trust it",
    });
  }
  return file;
}

function isInside(directory: string, file: string): boolean {
  const way = relative(directory, file);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && resolve(directory, way) === file;
}

async function verifyChecksum(
  file: string,
  location: string,
  expected: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hash = createHash("sha1");
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 2 ** 20 })) hash.update(chunk);
  const received = hash.digest("hex");
  if (expected.size === 1 && expected.has(received)) return;
  fail("onnx_external_checksum", {
    path: location,
    expected: `SHA-1 ${[...expected].join(" and ")}`,
    received,
    hint: "the data are damaged or belong to another model: copy both files again",
  });
}

async function readRange(handle: FileHandle, { range, path }: ExternalTensor, size: number) {
  const length = range.length ?? size - range.offset;
  if (length < 0 || range.offset + length > size) {
    fail("onnx_corrupt", {
      path,
      expected: `bytes ${range.offset} to ${range.offset + Math.max(0, length)} in ${range.location}`,
      received: `a file of ${size} bytes`,
      hint: "the data file is cut short or belongs to another model",
    });
  }
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const want = Math.min(length - at, 2 ** 30);
    const { bytesRead } = await handle.read(bytes, at, want, range.offset + at);
    if (bytesRead === 0)
      fail("onnx_corrupt", { path, received: `a data file that ended at ${at} of ${length} bytes` });
    at += bytesRead;
  }
  return bytes;
}

/** Page size, so that other programs can map the data into memory. */
const ALIGNMENT = 4096;

/**
 * Write a model to a file. Each file is written beside its place and synced, then all are moved there, the
 * data before the model; on failure (`disk_full`, `write_failed`) nothing of the new files stays behind.
 * External data carry a checksum, so that data and model of different saves are told apart on reading.
 */
export async function saveModel(path: string, model: Model, options: SaveOptions = {}): Promise<void> {
  const { externalData, signal } = options;
  if (externalData === undefined) {
    await writeFiles([{ path, chunks: [encodeModel(model)] }], signal);
    return;
  }
  const { location = `${basename(path)}.data`, thresholdBytes = 1024 } = externalData;
  checkLocation(location, "externalData.location");
  const file = join(dirname(path), location);
  if (resolve(file) === resolve(path)) {
    fail("onnx_external_escapes", {
      path: location,
      received: "the model's own file",
      hint: "choose another name for the data",
    });
  }
  const chunks: Uint8Array[] = [];
  let end = 0;
  const proto = protoOfModel(model, {
    external: (bytes) => {
      if (bytes.length < Math.max(1, thresholdBytes)) return undefined;
      const gap = (ALIGNMENT - (end % ALIGNMENT)) % ALIGNMENT;
      const offset = end + gap;
      chunks.push(new Uint8Array(gap), bytes);
      end = offset + bytes.length;
      return { location, offset };
    },
  });
  const hash = createHash("sha1");
  for (const chunk of chunks) hash.update(chunk);
  const checksum = create(StringStringEntryProtoSchema, { key: "checksum", value: hash.digest("hex") });
  for (const t of externalTensors(proto)) t.proto.externalData.push(checksum);
  const files = [{ path, chunks: [bytesOfModel(proto)] }];
  await writeFiles(chunks.length > 0 ? [{ path: file, chunks }, ...files] : files, signal);
}
