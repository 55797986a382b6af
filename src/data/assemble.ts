/** From a source's draft to a data set: its identity, and its splits as windows on the records. */
import { canonicalJson, sha256Stream } from "../base/index.js";
import type { Dataset } from "./dataset.js";
import type { Draft } from "./draft.js";
import { PACK_VERSION, type PackMeta } from "./pack-format.js";
import { layoutOf, type RecordSource, splitOf } from "./records.js";
import type { SplitIndices } from "./split.js";

/** Identity covers what a model can see: examples, targets, split, preprocessing; not names or paths. */
export function metaOf(
  request: { readonly name: string; readonly source: string },
  draft: Draft,
  recordsHash: string,
): PackMeta {
  const { task, inputs, preprocessing, targets, split } = draft;
  const sha = sha256Stream();
  const text = new TextEncoder();
  sha.update(
    text.encode(canonicalJson({ version: PACK_VERSION, task, inputs, preprocessing, records: recordsHash })),
  );
  for (const part of [targets, split.train, split.validation, split.test]) {
    sha.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    sha.update(text.encode("|"));
  }
  return {
    version: PACK_VERSION,
    name: request.name,
    source: request.source,
    hash: sha.hex(),
    task,
    inputs,
    preprocessing,
    notes: draft.notes,
    count: targets.length,
    splitLengths: [split.train.length, split.validation.length, split.test.length],
  };
}

export function datasetOf(
  meta: PackMeta,
  targets: Int32Array | Float32Array,
  split: SplitIndices,
  source: RecordSource,
): Dataset {
  const layout = layoutOf(meta.inputs);
  const part = (name: keyof SplitIndices) => {
    const positions = split[name];
    const own =
      targets instanceof Int32Array ? new Int32Array(positions.length) : new Float32Array(positions.length);
    positions.forEach((p, i) => {
      own[i] = targets[p] ?? 0;
    });
    return splitOf(source, layout, positions, own, `${meta.name}/${name}`);
  };
  return {
    name: meta.name,
    hash: meta.hash,
    source: meta.source,
    task: meta.task,
    inputs: meta.inputs,
    preprocessing: meta.preprocessing,
    splits: { train: part("train"), validation: part("validation"), test: part("test") },
    bytes: layout.recordBytes * meta.count,
    inMemory: source.inMemory,
    notes: meta.notes,
    [Symbol.asyncDispose]: () => source.close(),
  };
}
