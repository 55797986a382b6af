/** One child of two genotypes. */
import type { Rng } from "../base/index.js";
import { repair } from "./repair.js";
import { DEAD } from "./sample.js";
import type { LazyNode, Schema } from "./types.js";
import { parse } from "./validate.js";
import { type Site, setAt, sites } from "./walk.js";

const TRIES = 20;

/**
 * A valid genotype made of decisions of both parents. By matching names: fields that both have are mixed one
 * by one, lists position by position, a branch comes whole from one parent where the parents differ. By
 * subtree, in recursive spaces: every second time a subtree of one parent replaces one of the same kind in the
 * other. Decisions that the mixture leaves open are drawn. Where nothing valid comes of it, the child is a
 * copy of one parent.
 */
export function crossover<T>(schema: Schema<T>, a: T, b: T, rng: Rng): T {
  const { node } = schema;
  parse(schema, a, "first parent");
  parse(schema, b, "second parent");
  for (let tries = 0; tries < TRIES; tries++) {
    const [host, donor] = rng.float() < 0.5 ? [a, b] : [b, a];
    const draft =
      (rng.float() < 0.5 ? graft(sites(node, host), sites(node, donor), host, rng) : undefined) ??
      mix(host, donor, rng);
    const child = repair(node, draft, rng);
    if (child !== DEAD) return child as T;
  }
  return rng.float() < 0.5 ? a : b;
}

/** The host with one of its subtrees replaced by the donor's; undefined where they share no kind of subtree. */
function graft(host: readonly Site[], donor: readonly Site[], genotype: unknown, rng: Rng): unknown {
  // The root of a recursive space is a subtree too, but replacing it would only copy the donor.
  const places = host.flatMap((site) => (site.node.kind === "lazy" && site.path.length > 0 ? [site] : []));
  const pairs = places.flatMap((place) => {
    const kind = (place.node as LazyNode).identity;
    const grafts = donor.filter((site) => site.node.kind === "lazy" && site.node.identity === kind);
    return grafts.length > 0 ? [{ place, grafts }] : [];
  });
  if (pairs.length === 0) return undefined;
  const { place, grafts } = rng.pick(pairs);
  return setAt(genotype, place.path, rng.pick(grafts).value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mix(a: unknown, b: unknown, rng: Rng): unknown {
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = rng.float() < 0.5 ? a.length : b.length;
    return Array.from({ length }, (_, i) => {
      if (i < a.length && i < b.length) return mix(a[i], b[i], rng);
      return i < a.length ? a[i] : b[i];
    });
  }
  if (isRecord(a) && isRecord(b) && a.op === b.op && a.branch === b.branch) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return Object.fromEntries(
      [...names].map((name) => {
        if (!Object.hasOwn(a, name)) return [name, b[name]];
        return [name, Object.hasOwn(b, name) ? mix(a[name], b[name], rng) : a[name]];
      }),
    );
  }
  return rng.float() < 0.5 ? a : b;
}
