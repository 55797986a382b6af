/** How far two genotypes are apart, and the list of decisions that says so. */
import { toUnit } from "./numeric.js";
import type { Schema, SubsetNode } from "./types.js";
import { alternativeOf, parse } from "./validate.js";
import { type Site, sites } from "./walk.js";

/**
 * The decisions of a genotype as texts `path=value`, outer ones first; branches taken are part of the path
 * (`:conv/kernel=3`), a list states its length. Works for recursive spaces too; the common entries of two such
 * lists are what two genotypes have in common.
 */
export function pathEncoding<T>(schema: Schema<T>, genotype: T): string[] {
  const found: string[] = [];
  for (const site of sites(schema.node, parse(schema, genotype, "genotype"))) {
    if (site.node.kind !== "lazy") found.push(`${site.key}=${textOf(site)}`);
  }
  return found;
}

function textOf({ node, value }: Site): string {
  if (node.kind === "choice") return String(alternativeOf(node, value)?.name);
  if (node.kind === "repeat") return String((value as readonly unknown[]).length);
  return node.kind === "subset" ? (value as readonly unknown[]).join("+") : String(value);
}

/**
 * Distance in decisions: for each decision that either took, 1 where only one took it or where they chose
 * different alternatives, for numbers the share of the range between them, for a subset the share of its items
 * that differ, for lists the share of the possible lengths between theirs. A metric; lists are compared
 * position by position.
 */
export function distance<T>(schema: Schema<T>, a: T, b: T): number {
  const first = byKey(sites(schema.node, parse(schema, a, "first genotype")));
  const second = byKey(sites(schema.node, parse(schema, b, "second genotype")));
  let sum = 0;
  for (const [key, site] of first) {
    const other = second.get(key);
    // A condition may put another schema in the same place: then these are two decisions, each taken once.
    if (other === undefined) sum += 1;
    else sum += other.node === site.node ? between(site, other.value) : 2;
  }
  for (const key of second.keys()) if (!first.has(key)) sum += 1;
  return sum;
}

function byKey(all: readonly Site[]): Map<string, Site> {
  return new Map(all.filter((site) => site.node.kind !== "lazy").map((site) => [site.key, site]));
}

/** Between two values of one decision, 0 to 1. */
function between({ node, value }: Site, other: unknown): number {
  switch (node.kind) {
    case "int":
    case "real":
      return Math.abs(toUnit(node, value as number) - toUnit(node, other as number));
    case "choice":
      return alternativeOf(node, value) === alternativeOf(node, other) ? 0 : 1;
    case "repeat": {
      const lengths = Math.abs((value as readonly unknown[]).length - (other as readonly unknown[]).length);
      return node.max === node.min ? 0 : lengths / (node.max - node.min);
    }
    case "subset":
      return apart(node, new Set(value as readonly unknown[]), new Set(other as readonly unknown[]));
    case "lazy":
      return 0;
  }
}

function apart(node: SubsetNode, a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): number {
  return node.items.filter((item) => a.has(item) !== b.has(item)).length / node.items.length;
}
