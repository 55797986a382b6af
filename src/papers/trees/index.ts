import { unknownName } from "../../base/index.js";
import { attentionTree } from "./attention.js";
import { correctionTree } from "./correction.js";
import { nasTree } from "./nas.js";
import { retrievalTree } from "./retrieval.js";
import type { Tree } from "./tree.js";

export { type Branch, leavesOf, type Tree } from "./tree.js";

/** Every taxonomy. A new one is its file and a line here. */
const TREES: readonly Tree[] = [nasTree, attentionTree, retrievalTree, correctionTree];

export function listTrees(): readonly Tree[] {
  return TREES;
}

/** The tree of a name; a usage error with the nearest name where there is none. */
export function treeOf(name: string): Tree {
  const wanted = name.toLowerCase();
  return (
    TREES.find((it) => it.name === wanted || it.aliases.includes(wanted)) ??
    unknownName(
      "tree",
      name,
      TREES.map((it) => it.name),
    )
  );
}
