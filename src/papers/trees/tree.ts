import type { Link } from "../card.js";

/**
 * A node of a taxonomy. A leaf with links is here, and a test runs what they name; one without is known and not here. A
 * node with branches only orders them.
 */
export interface Branch {
  readonly name: string;
  /** Methods or examples that the field knows by name. */
  readonly note?: string;
  readonly here?: readonly [Link, ...Link[]];
  readonly branches?: readonly Branch[];
}

export interface Tree {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly title: string;
  /** The survey whose order this is. */
  readonly paper: number;
  readonly branches: readonly Branch[];
}

/** A branch; its leaves as `name`, or as a branch made before. */
export function branch(name: string, ...branches: (Branch | string)[]): Branch {
  return { name, branches: branches.map((it) => (typeof it === "string" ? leaf(it) : it)) };
}

/** A leaf that is not here: the field's name, and examples. */
export function leaf(name: string, note?: string): Branch {
  return note === undefined ? { name } : { name, note };
}

/** A leaf that is here. */
export function here(name: string, ...links: [Link, ...Link[]]): Branch {
  return { name, here: links };
}

/** Leaves in order, each with the names on the way to it. */
export function leavesOf(
  branches: readonly Branch[],
  path: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly leaf: Branch }[] {
  return branches.flatMap((it) => {
    const at = [...path, it.name];
    return it.branches === undefined ? [{ path: at, leaf: it }] : leavesOf(it.branches, at);
  });
}
