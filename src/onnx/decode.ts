import { fromBinary } from "@bufbuild/protobuf";
import type { Model } from "../ir/index.js";
import { decodeGraph, plainDomain } from "./decode-graph.js";
import { externalTensors, internalise, type ReadExternal } from "./external.js";
import { keep, whenAny, whenSet } from "./extra.js";
import { inlinerOf } from "./inline.js";
import { allNamesOf } from "./order.js";
import { corrupt, guarded, invalid } from "./problems.js";
import {
  type FunctionProto,
  type ModelProto,
  ModelProtoSchema,
  type OperatorSetIdProto,
} from "./schema.gen.js";
import { Names } from "./scope.js";
import { sniff } from "./sniff.js";
import { Symbols } from "./symbols.js";
import { checkWire } from "./wire.js";

export interface DecodeOptions {
  /** Gives data that lie outside of the model's bytes. Without it such a model is refused. */
  external?: ReadExternal;
  /** Put the bodies of model-local functions in place of their calls (the default), or keep both. */
  inlineFunctions?: boolean;
  /** Name of the file, for messages. */
  source?: string;
}

/**
 * Read an ONNX model. Weights are views of `bytes` where possible: do not write to `bytes` afterwards.
 * What the graph does not express (documentation, unknown fields, training information) is kept for
 * {@link encodeModel}. Any bytes that are not a legal model give one MorphError: `onnx_corrupt`,
 * `onnx_invalid`, `onnx_too_large` or `onnx_external_*`.
 */
export function decodeModel(bytes: Uint8Array, options: DecodeOptions = {}): Model {
  return guarded("onnx_corrupt", options.source, () => {
    const proto = parseModel(bytes);
    const { external } = options;
    if (external !== undefined) {
      for (const t of externalTensors(proto)) internalise(t, external(t.range.location, t.range));
    }
    return modelOf(proto, options);
  });
}

/** The message of a model, proven well formed; says what other file it seems to be where it is none. */
export function parseModel(given: Uint8Array): ModelProto {
  // A plain view: Node's Buffer means something else by slice().
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length === 0) corrupt("", "an empty file", undefined, "an ONNX model");
  try {
    checkWire(ModelProtoSchema, bytes);
    const proto = fromBinary(ModelProtoSchema, bytes);
    if (proto.graph !== undefined) return proto;
  } catch (error) {
    const guess = sniff(bytes);
    if (guess === undefined) throw error;
    return corrupt("", `what looks like ${guess.what}`, guess.hint, "an ONNX model");
  }
  const guess = sniff(bytes) ?? { what: "a message without a graph", hint: "give a whole .onnx file" };
  return corrupt("", guess.what, guess.hint, "an ONNX model");
}

/** The model of a message whose tensors hold their data. */
export function modelOf(proto: ModelProto, options: DecodeOptions): Model {
  const { inlineFunctions = true } = options;
  if (proto.graph === undefined) return corrupt("", "a message without a graph");
  const names = new Names();
  for (const name of allNamesOf(proto.graph)) names.add(name);
  const functions = inlineFunctions ? proto.functions : [];
  const graph = decodeGraph(
    proto.graph,
    { names, symbols: new Symbols(), expand: functions.length > 0 ? inlinerOf(functions) : undefined },
    undefined,
    "graph",
  );
  const irVersion = Number(proto.irVersion);
  if (!Number.isSafeInteger(irVersion)) invalid("ir_version", `${proto.irVersion}`);
  return {
    graph,
    opsets: opsetsOf(proto.opsetImport, functions),
    irVersion,
    producer: whenSet(proto, "producerName"),
    producerVersion: whenSet(proto, "producerVersion"),
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value])),
    doc: whenSet(proto, "docString"),
    extra: keep({
      kind: "model",
      rest: {
        domain: whenSet(proto, "domain"),
        modelVersion: whenSet(proto, "modelVersion"),
        trainingInfo: whenAny(proto.trainingInfo),
        functions: inlineFunctions ? undefined : whenAny(proto.functions),
        configuration: whenAny(proto.configuration),
        opsetImport: proto.opsetImport,
        metadataProps: proto.metadataProps,
        $unknown: proto.$unknown,
      },
    }),
  };
}

/** The model's operator sets, with those that only inlined functions import; the model's own stand. */
function opsetsOf(imports: readonly OperatorSetIdProto[], functions: readonly FunctionProto[]) {
  const versions = new Map<string, number>();
  for (const { domain, version } of [...imports, ...functions.flatMap((f) => f.opsetImport)]) {
    const key = plainDomain(domain);
    const number = Number(version);
    if (!Number.isSafeInteger(number)) invalid("opset_import", `version ${version}`);
    if (!versions.has(key)) versions.set(key, number);
  }
  return Object.fromEntries(versions);
}
