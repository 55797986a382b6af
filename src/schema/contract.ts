/** What must hold for every space: run over each published one, and over random schemas. */
import { canonicalJson, isIssue, messageOf, rngOf } from "../base/index.js";
import { crossover } from "./crossover.js";
import { isRecursive, reachable } from "./depth.js";
import { distance, pathEncoding } from "./distance.js";
import { decode, EXACT_INTS, encode, encodingColumns } from "./encode.js";
import { points } from "./enumerate.js";
import { identity } from "./identity.js";
import { mutate } from "./mutate.js";
import { neighbours } from "./neighbours.js";
import { sample } from "./sample.js";
import { size } from "./size.js";
import { fromText, toText } from "./text.js";
import type { Schema } from "./types.js";
import { validate } from "./validate.js";

/** A property that does not hold, and for what. */
export interface Violation {
  readonly property: string;
  readonly detail: string;
  /** The genotype (or vector, or seed) that shows it. */
  readonly counterexample: unknown;
}

/** Options of {@link schemaContract}. */
export interface ContractOptions {
  /** Genotypes to draw (50). */
  samples?: number;
  seed?: number;
  /** Neighbours to look at, of each of the first few genotypes (50). */
  neighbours?: number;
}

/** Spaces of up to so many points are gone through. */
const SMALL = 5_000;
const VIOLATIONS = 20;

/**
 * Check a space: its samples are valid, survive JSON, text and (where there is no recursion) vectors; mutants,
 * children and neighbours are valid, mutants and neighbours differ; the size is what enumeration finds;
 * everything is a function of the seed; the distance is a metric. Returns what does not hold, at most 20 items.
 */
export function schemaContract<T>(schema: Schema<T>, options: ContractOptions = {}): Violation[] {
  const { samples = 50, seed = 0, neighbours: near = 50 } = options;
  const found: Violation[] = [];
  const hold = (property: string, counterexample: unknown, test: () => string | undefined) => {
    if (found.length >= VIOLATIONS) return;
    let detail: string | undefined;
    try {
      detail = test();
    } catch (error) {
      detail = messageOf(error);
    }
    if (detail !== undefined) found.push({ property, detail, counterexample });
  };
  const valid = (value: unknown) => {
    const result = validate(schema, value);
    return isIssue(result) ? canonicalJson(result) : undefined;
  };
  const count = size(schema);
  const one = count.exact && count.count === 1n;

  const drawn: T[] = [];
  for (let i = 0; i < samples; i++) {
    hold("samples are valid", { seed, i }, () => {
      const genotype = sample(schema, rngOf(seed, "contract", i));
      drawn.push(genotype);
      return valid(genotype);
    });
    hold("samples follow from the seed", { seed, i }, () =>
      same(sample(schema, rngOf(seed, "contract", i)), sample(schema, rngOf(seed, "contract", i))),
    );
  }
  const recursive = isRecursive(schema.node);
  for (const [i, genotype] of drawn.entries()) {
    const other = drawn[(i + 1) % drawn.length] as T;
    hold("JSON round trip", genotype, () => {
      const back: unknown = JSON.parse(JSON.stringify(genotype));
      return valid(back) ?? same(back, genotype);
    });
    hold("text round trip", genotype, () => same(fromText(schema, toText(schema, genotype)), genotype));
    if (!recursive) hold("vector round trip", genotype, () => vectorRoundTrip(schema, genotype));
    hold("identity and paths", genotype, () => {
      const copy = JSON.parse(canonicalJson(genotype)) as T;
      if (identity(schema, copy) !== identity(schema, genotype)) return "hash depends on the order of keys";
      return same(pathEncoding(schema, copy), pathEncoding(schema, genotype));
    });
    hold("mutants are valid and differ", genotype, () => {
      const mutant = mutate(schema, genotype, rngOf(seed, "mutant", i));
      const again = mutate(schema, genotype, rngOf(seed, "mutant", i));
      const stuck = !one && canonicalJson(mutant) === canonicalJson(genotype) && !onePoint(schema);
      return valid(mutant) ?? same(mutant, again) ?? (stuck ? "the mutant equals its parent" : undefined);
    });
    hold("children are valid", [genotype, other], () => {
      const child = crossover(schema, genotype, other, rngOf(seed, "child", i));
      return valid(child) ?? same(child, crossover(schema, genotype, other, rngOf(seed, "child", i)));
    });
    hold("distance is a metric", [genotype, other], () => {
      const third = drawn[(i + 2) % drawn.length] as T;
      return metric(schema, genotype, other, third);
    });
    if (i < 5)
      hold("neighbours are valid, new and different", genotype, () =>
        vicinity(schema, genotype, near, valid),
      );
  }
  hold("size equals enumeration", null, () => sizeHolds(schema, count, valid));
  return found;
}

function same(a: unknown, b: unknown): string | undefined {
  const [x, y] = [canonicalJson(a), canonicalJson(b)];
  return x === y ? undefined : `${x} is not ${y}`;
}

function vectorRoundTrip<T>(schema: Schema<T>, genotype: T): string | undefined {
  const vector = encode(schema, genotype);
  if (vector.length !== encodingColumns(schema).length) return "columns and names differ in number";
  const exact = ![...reachable(schema.node)].some(
    (node) => node.kind === "real" || (node.kind === "int" && node.count > EXACT_INTS),
  );
  const back = decode(schema, vector);
  // Single precision may carry a real across the border of a refinement or a condition.
  if (isIssue(back)) return exact ? canonicalJson(back) : undefined;
  if (exact) return same(back, genotype);
  const again = encode(schema, back);
  const far = vector.findIndex((x, i) => Math.abs(x - (again[i] ?? 0)) > 1e-5);
  return far < 0 || hasRules(schema) ? undefined : `column ${far} moved from ${vector[far]} to ${again[far]}`;
}

function hasRules<T>(schema: Schema<T>): boolean {
  return [...reachable(schema.node)].some(
    (node) => node.kind === "object" && node.fields.some((field) => field.rule.kind !== "always"),
  );
}

/** Whether enumeration, too, knows of no second point. */
function onePoint<T>(schema: Schema<T>): boolean {
  const walk = { grid: 11, work: SMALL, sawReal: false };
  let n = 0;
  for (const _ of points(schema.node, undefined, Number.POSITIVE_INFINITY, walk)) if (++n > 1) return false;
  return true;
}

function metric<T>(schema: Schema<T>, a: T, b: T, c: T): string | undefined {
  const ab = distance(schema, a, b);
  if (distance(schema, a, a) !== 0) return "d(a, a) is not 0";
  if (ab === 0 && canonicalJson(a) !== canonicalJson(b)) return "d(a, b) is 0 for different a and b";
  if (!(ab >= 0 && Number.isFinite(ab))) return `d(a, b) is ${ab}`;
  if (Math.abs(ab - distance(schema, b, a)) > 1e-9) return "d(a, b) is not d(b, a)";
  const detour = ab + distance(schema, b, c);
  return distance(schema, a, c) > detour + 1e-9 ? "d(a, c) exceeds d(a, b) + d(b, c)" : undefined;
}

function vicinity<T>(
  schema: Schema<T>,
  genotype: T,
  limit: number,
  valid: (value: unknown) => string | undefined,
): string | undefined {
  const seen = new Set([canonicalJson(genotype)]);
  for (const neighbour of neighbours(schema, genotype)) {
    const text = canonicalJson(neighbour);
    if (seen.has(text)) return `${text} comes twice, or is the genotype itself`;
    seen.add(text);
    const wrong = valid(neighbour);
    if (wrong !== undefined) return `${text}: ${wrong}`;
    if (seen.size > limit) break;
  }
  return undefined;
}

function sizeHolds<T>(
  schema: Schema<T>,
  { count, exact }: { count?: bigint; exact: boolean },
  valid: (value: unknown) => string | undefined,
): string | undefined {
  if (count === undefined || count > BigInt(SMALL)) return undefined;
  const walk = { work: Number.POSITIVE_INFINITY, sawReal: false };
  const seen = new Set<string>();
  for (const point of points(schema.node, undefined, Number.POSITIVE_INFINITY, walk)) {
    const wrong = valid(point);
    if (wrong !== undefined) return `enumerated ${canonicalJson(point)}: ${wrong}`;
    const text = canonicalJson(point);
    if (seen.has(text)) return `enumerated twice: ${text}`;
    seen.add(text);
  }
  const n = BigInt(seen.size);
  return (exact ? n === count : n <= count) ? undefined : `size says ${count}, enumeration finds ${n}`;
}
