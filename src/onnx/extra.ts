import type { Value, ValueType } from "../ir/index.js";
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
  ValueInfoProto,
} from "./schema.gen.js";

/**
 * What the `extra` fields of the graph hold: everything of a file that the graph itself does not express,
 * so that writing gives back what was read. Written by decoding, read by encoding, opaque to all others.
 */

const KEPT = Symbol.for("morphospace.onnx");

/** Optional fields of a message, with those that no schema knows. */
type Rest<M extends { $unknown?: unknown }, K extends keyof M> = { [P in K]?: M[P] } & {
  $unknown?: M["$unknown"];
};

/** A value's declaration as it stood, valid as long as the value still has the type that it had then. */
export interface Declaration {
  readonly info: ValueInfoProto;
  readonly type: ValueType | undefined;
}

export interface ValueExtra {
  readonly kind: "value";
  readonly declared?: Declaration;
}

export interface TensorExtra {
  readonly kind: "tensor";
  /** The elements stood in a typed field, not in `raw_data`. */
  readonly typed?: boolean;
  /** Strings that are not UTF-8, as bytes, with the array made of them. */
  readonly strings?: { readonly bytes: readonly Uint8Array[]; readonly data: readonly string[] };
  readonly rest?: Rest<TensorProto, "name" | "docString" | "segment" | "dataLocation" | "metadataProps">;
}

export interface AttributeExtra {
  readonly kind: "attribute";
  /** Written without a type, as the first files of ONNX were. */
  readonly untyped?: boolean;
  readonly rest?: Rest<AttributeProto, "docString">;
}

export interface NodeExtra {
  readonly kind: "node";
  /** How the file spelt the domain `ai.onnx`, where it did. */
  readonly domain?: string;
  /** The node stands for a sparse initializer. */
  readonly sparse?: SparseTensorProto;
  readonly rest?: Rest<NodeProto, "docString" | "overload" | "metadataProps" | "deviceConfigurations">;
}

export interface GraphExtra {
  readonly kind: "graph";
  /** Declarations of outputs; a value that is an input too has another there. */
  readonly outputs: ReadonlyMap<Value, Declaration>;
  /** Entries of `value_info` that declare no value, or one that is declared elsewhere. */
  readonly spare: readonly { readonly info: ValueInfoProto; readonly of: Value | undefined }[];
  readonly rest?: Rest<GraphProto, "docString" | "quantizationAnnotation" | "metadataProps">;
}

export interface ModelExtra {
  readonly kind: "model";
  readonly rest: Rest<
    ModelProto,
    | "domain"
    | "modelVersion"
    | "trainingInfo"
    | "functions"
    | "configuration"
    | "opsetImport"
    | "metadataProps"
  >;
}

type Extra = ValueExtra | TensorExtra | AttributeExtra | NodeExtra | GraphExtra | ModelExtra;

/** Mark an extra as this room's own. */
export function keep<E extends Extra>(extra: E): E {
  return { [KEPT]: true, ...extra };
}

/** The extra of one kind, where this room made it; undefined for anything else found there. */
export function kept<K extends Extra["kind"]>(
  kind: K,
  extra: unknown,
): Extract<Extra, { kind: K }> | undefined {
  return isOurs(extra) && extra.kind === kind ? (extra as Extract<Extra, { kind: K }>) : undefined;
}

function isOurs(extra: unknown): extra is Extra {
  return typeof extra === "object" && extra !== null && KEPT in extra;
}

/** A field's value where the file set it; undefined where reading would give the default. */
export function whenSet<M extends object, K extends keyof M>(message: M, key: K): M[K] | undefined {
  return Object.hasOwn(message, key) ? message[key] : undefined;
}

/** The list where it holds something. */
export function whenAny<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** The object without undefined fields; undefined where none is left. */
export function compact<T extends object>(fields: T): T | undefined {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return present.length > 0 ? (Object.fromEntries(present) as T) : undefined;
}
