/** Which decisions of a genotype matter: those that its builder read. */
import { hashJson } from "../base/index.js";
import type { Schema } from "./types.js";
import { parse } from "./validate.js";

/** A genotype under observation. */
export interface Tracked<T> {
  /** Reads like the genotype. */
  readonly view: T;
  /** Paths read so far, sorted: of scalars, of lengths (`stages/length`), of fields found absent. */
  reads(): string[];
}

/** Observe which decisions are read through `view`. Objects on the way do not count, only what ends in them. */
export function track<T>(genotype: T): Tracked<T> {
  const found = new Set<string>();
  return { view: observe(genotype, "", found) as T, reads: () => [...found].sort() };
}

function escaped(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}

function observe(value: unknown, path: string, found: Set<string>): unknown {
  if (typeof value !== "object" || value === null) {
    found.add(path);
    return value;
  }
  const views = new Map<string, unknown>();
  const inside = (key: string) => (path === "" ? escaped(key) : `${path}/${escaped(key)}`);
  return new Proxy(value, {
    get(target, key, receiver) {
      const own = typeof key === "string" && Object.hasOwn(target, key);
      // Methods of lists, which read through this view in their turn.
      if (typeof key !== "string" || (!own && key in target)) return Reflect.get(target, key, receiver);
      if (!views.has(key)) views.set(key, observe(Reflect.get(target, key), inside(key), found));
      return views.get(key);
    },
    has(target, key) {
      if (typeof key === "string") found.add(inside(key));
      return Reflect.has(target, key);
    },
    // Which fields exist follows from the decisions; whoever lists them has read their presence.
    ownKeys(target) {
      found.add(inside("*"));
      return Reflect.ownKeys(target);
    },
    set: () => false,
    deleteProperty: () => false,
    defineProperty: () => false,
  });
}

function lookUp(value: unknown, path: string): unknown {
  let here = value;
  for (const part of path === "" ? [] : path.split("/")) {
    if (typeof here !== "object" || here === null) return undefined;
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (key === "*" && !Object.hasOwn(here, key)) return Object.keys(here).sort();
    here = Object.hasOwn(here, key) ? Reflect.get(here, key) : undefined;
  }
  // What was only tested for being there counts as such.
  return typeof here === "object" && here !== null ? "present" : here;
}

/**
 * Canonical hash (16 hex digits). With `readPaths` (from {@link Tracked.reads}) only the decisions that were
 * read count: two genotypes that differ elsewhere share it, since a builder that is a function of what it
 * reads makes the same of both. Hashes with and without `readPaths` are never compared.
 */
export function identity<T>(schema: Schema<T>, genotype: T, readPaths?: readonly string[]): string {
  const value = parse(schema, genotype, "genotype");
  if (readPaths === undefined) return hashJson(value);
  return hashJson([...new Set(readPaths)].sort().map((path) => [path, lookUp(value, path) ?? null]));
}
