/** What a genotype decided, in a form that models can compare. */
import { toUnit } from "./numeric.js";
import type { Schema } from "./types.js";
import { alternativeOf, parse } from "./validate.js";
import { sites } from "./walk.js";

/** One decision that a genotype took: a choice by name, or a number by its place in its range. */
export interface Trait {
  /** Two genotypes share a key where they faced the same decision. */
  readonly key: string;
  readonly choice?: string;
  /** 0 to 1; in the logarithm, where the decision has one. */
  readonly unit?: number;
}

/**
 * The decisions that a genotype took, outer ones first; works for recursive spaces too. A subset is a choice an item,
 * a list its length.
 */
export function traits<T>(schema: Schema<T>, genotype: T): Trait[] {
  const found: Trait[] = [];
  for (const { key, node, value } of sites(schema.node, parse(schema, genotype, "genotype"))) {
    switch (node.kind) {
      case "choice":
        found.push({ key, choice: String(alternativeOf(node, value)?.name) });
        break;
      case "int":
      case "real":
        found.push({ key, unit: toUnit(node, value as number) });
        break;
      case "subset": {
        const chosen = new Set(value as readonly unknown[]);
        for (const item of node.items)
          found.push({ key: `${key}~${item}`, choice: chosen.has(item) ? "in" : "out" });
        break;
      }
      case "repeat": {
        const { length } = value as readonly unknown[];
        const unit = node.max === node.min ? 0 : (length - node.min) / (node.max - node.min);
        found.push({ key: `${key}#`, unit });
        break;
      }
      case "lazy":
        break;
    }
  }
  return found;
}
