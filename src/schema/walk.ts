/** The decisions that a genotype took: one list, from which mutation, neighbours, distance, ... are made. */
import { enter } from "./depth.js";
import { resolve } from "./rule.js";
import type {
  ChoiceNode,
  IntNode,
  LazyNode,
  Node,
  ObjectNode,
  RealNode,
  RepeatNode,
  SubsetNode,
} from "./types.js";
import { alternativeOf } from "./validate.js";

export type Path = readonly (string | number)[];

/** One decision (or, for `lazy`, one subtree) of a genotype. */
export interface Site {
  readonly path: Path;
  /** As the path, with the branches taken in it: two genotypes share a key where they face the same decision. */
  readonly key: string;
  readonly node: ChoiceNode | IntNode | RealNode | SubsetNode | RepeatNode | LazyNode;
  /** The part of the genotype that stands there. */
  readonly value: unknown;
  readonly context: unknown;
  readonly left: number;
}

/** The decisions of a valid genotype of a root node, outer ones first. */
export function sites(root: Node, genotype: unknown): Site[] {
  const found: Site[] = [];
  visit(root, genotype, [], "", undefined, Number.POSITIVE_INFINITY, found);
  return found;
}

function visit(
  node: Node,
  value: unknown,
  path: Path,
  key: string,
  context: unknown,
  left: number,
  found: Site[],
): void {
  switch (node.kind) {
    case "object":
      fields(node, value as Fields, path, key, context, left, found);
      return;
    case "bind":
      visit(node.inner, value, path, key, node.context, left, found);
      return;
    case "lazy":
      found.push({ path, key, node, value, context, left });
      visit(node.inner(), value, path, key, context, enter(node, left), found);
      return;
    case "choice": {
      found.push({ path, key, node, value, context, left });
      const alternative = alternativeOf(node, value);
      if (alternative?.kind !== "branch") return;
      fields(alternative.body, value as Fields, path, `${key}:${alternative.name}`, context, left, found);
      return;
    }
    case "repeat": {
      found.push({ path, key, node, value, context, left });
      const items = value as readonly unknown[];
      for (const [i, item] of items.entries()) {
        const inside = node.context ? node.context(items.slice(0, i), context) : context;
        visit(node.item, item, [...path, i], join(key, i), inside, left, found);
      }
      return;
    }
    default:
      found.push({ path, key, node, value, context, left });
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fields(
  node: ObjectNode,
  value: Fields,
  path: Path,
  key: string,
  context: unknown,
  left: number,
  found: Site[],
): void {
  for (const { name, rule } of node.fields) {
    const active = resolve(rule, value, context);
    if (active === undefined) continue;
    visit(active.node, value[name], [...path, name], join(key, name), active.context, left, found);
  }
}

function join(key: string, segment: string | number): string {
  return key === "" ? String(segment) : `${key}/${segment}`;
}

/** A copy of a JSON value with another value at a path; all else is shared. */
export function setAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return replacement;
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    copy[Number(head)] = setAt(copy[Number(head)], rest, replacement);
    return copy;
  }
  const record = value as Fields;
  return { ...record, [head]: setAt(record[head], rest, replacement) };
}
