import { canonicalJson, fail, type Json, messageOf } from "../base/index.js";
import type { Model } from "../ir/index.js";

/** Keys of `metadata_props` that belong to this package. */
const PREFIX = "morphospace.";

/** The JSON value under `morphospace.KEY`; undefined where the model has none. */
export function getMetadata(model: Model, key: string): Json | undefined {
  const name = `${PREFIX}${key}`;
  if (!Object.hasOwn(model.metadata, name)) return undefined;
  const text = model.metadata[name] ?? "";
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    return fail(
      "onnx_metadata",
      {
        path: name,
        expected: "JSON",
        received: messageOf(cause),
        hint: "remove the entry, or write it with setMetadata",
      },
      { cause },
    );
  }
}

/** The model with a JSON value under `morphospace.KEY`; undefined removes the entry. */
export function setMetadata(model: Model, key: string, value: Json | undefined): Model {
  const name = `${PREFIX}${key}`;
  const others = Object.entries(model.metadata).filter(([other]) => other !== name);
  const added: [string, string][] = value === undefined ? [] : [[name, canonicalJson(value)]];
  return { ...model, metadata: Object.fromEntries([...others, ...added]) };
}

/** All of this package's entries, by key without the prefix. */
export function allMetadata(model: Model): Record<string, Json> {
  const keys = Object.keys(model.metadata).filter((name) => name.startsWith(PREFIX));
  return Object.fromEntries(
    keys.map((name) => {
      const key = name.slice(PREFIX.length);
      return [key, getMetadata(model, key) ?? null];
    }),
  );
}
