import { hashJson } from "../base/index.js";
import { decided, encode, encodingWidth, type Schema } from "../schema/index.js";
import type { Scored } from "./define.js";

/** Genotypes as vectors of one length: what models of a strategy read. */
export interface Features {
  readonly width: number;
  of(genotype: unknown): Float32Array;
}

/** Widest vector of single decisions; beyond it they are hashed. */
const MOST = 1024;
/** Places of a hashed vector. */
const PLACES = 512;

const known = new WeakMap<Schema<unknown>, Features>();

/**
 * The vectors of a space: one-hot alternatives and numbers by their position in the range (`encode`). Spaces without
 * such a vector (grammars) and those where it is very wide have one of `PLACES` places: each decision adds to the place
 * that its key and alternative hash to, a number by its position (the hashing trick, Weinberger et al. 2009,
 * arXiv:0902.2206, without signs).
 */
export function featuresOf(schema: Schema<unknown>): Features {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const width = flatWidth(schema);
  const made: Features =
    width === undefined
      ? { width: PLACES, of: (genotype) => hashed(schema, genotype) }
      : { width, of: (genotype) => encode(schema, genotype) };
  known.set(schema, made);
  return made;
}

/** Vectors of trials, each read once. */
export class Vectors {
  private readonly known = new WeakMap<Scored, Float32Array>();

  of(trial: Scored, schema: Schema<unknown>): Float32Array {
    const vector = this.known.get(trial) ?? featuresOf(schema).of(trial.genotype);
    this.known.set(trial, vector);
    return vector;
  }
}

function flatWidth(schema: Schema<unknown>): number | undefined {
  try {
    const width = encodingWidth(schema);
    return width <= MOST ? width : undefined;
  } catch {
    return undefined;
  }
}

function hashed(schema: Schema<unknown>, genotype: unknown): Float32Array {
  const out = new Float32Array(PLACES);
  for (const { key, count, value } of decided(schema, genotype)) {
    const at = placeOf(count === 0 ? key : `${key}=${value}`);
    out[at] = (out[at] ?? 0) + (count === 0 ? value : 1);
  }
  return out;
}

const places = new Map<string, number>();
/** Places that are remembered; more are computed again. */
const REMEMBERED = 100_000;

function placeOf(text: string): number {
  const before = places.get(text);
  if (before !== undefined) return before;
  const place = Number.parseInt(hashJson(text).slice(0, 8), 16) % PLACES;
  if (places.size < REMEMBERED) places.set(text, place);
  return place;
}
