import type { Json } from "../base/index.js";

/**
 * The payloads of events are JSON to the store and types of ours to the study. This file is the one place where the
 * two meet: what is written by `payload` comes back by `payloadOf`, within one version of the format
 * (`StudyConfig.format`), which is checked when a study is opened.
 */
export function payload(value: object): Json {
  const json: unknown = value;
  return json as Json;
}

export function payloadOf<T>(json: Json): T {
  const value: unknown = json;
  return value as T;
}
