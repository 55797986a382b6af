/** Which array is inputs or targets, and of which split, by its name: `x_train`, `t10k-labels-idx1-ubyte`. */
import type { SplitName } from "./dataset.js";

const SPLIT: Readonly<Record<string, SplitName>> = {
  train: "train",
  training: "train",
  tr: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
  te: "test",
  t10k: "test",
};
const INPUT = new Set(["x", "data", "image", "images", "feature", "features", "input", "inputs", "samples"]);
const TARGET = new Set([
  "y",
  "label",
  "labels",
  "target",
  "targets",
  "class",
  "classes",
  "output",
  "outputs",
]);
/** Parts that say nothing: extensions and the usual endings of IDX files. */
const NOISE = /^(idx\d?|ubyte|gz|npy)$/;

export interface ArrayRole {
  readonly role: "x" | "y";
  /** Undefined where the name says nothing of a split. */
  readonly split: SplitName | undefined;
  /** What is left of the name; arrays that belong together share it. */
  readonly group: string;
}

export function roleOf(name: string): ArrayRole | undefined {
  const numbered = /^arr_([01])(\.npy)?$/.exec(name);
  if (numbered) return { role: numbered[1] === "0" ? "x" : "y", split: undefined, group: "" };
  // `xTrain` and `Xtrain` are as common as `x_train`.
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/^([XYxy])(train|test|val)/, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !NOISE.test(word));
  let role: "x" | "y" | undefined;
  let split: SplitName | undefined;
  const rest: string[] = [];
  for (const word of words) {
    if (role === undefined && (INPUT.has(word) || TARGET.has(word))) role = INPUT.has(word) ? "x" : "y";
    else if (split === undefined && SPLIT[word] !== undefined) split = SPLIT[word];
    else rest.push(word);
  }
  return role && { role, split, group: rest.join("-") };
}

/** Names of the arrays of one part of the data. */
export interface NamedPair {
  readonly x: string;
  readonly y: string;
  readonly split: SplitName | undefined;
}

/**
 * Pairs of inputs and targets among names, in order of groups, each with its splits. Inputs without
 * targets and names without a role are left out. A named `target` counts as the only target.
 */
export function pairUp(names: readonly string[], target?: string): Map<string, NamedPair[]> {
  const roles = names.map((name) => {
    const known = roleOf(name);
    if (target === undefined) return { name, known };
    if (name === target)
      return { name, known: { role: "y" as const, split: known?.split, group: known?.group ?? "" } };
    return { name, known: known?.role === "x" ? known : undefined };
  });
  const groups = new Map<string, NamedPair[]>();
  for (const { name, known } of roles) {
    if (known?.role !== "x") continue;
    const partner = roles.find(
      ({ known: other }) =>
        other?.role === "y" &&
        other.split === known.split &&
        (other.group === known.group || target !== undefined),
    );
    if (!partner) continue;
    const pairs = groups.get(known.group) ?? [];
    if (pairs.some(({ split }) => split === known.split)) continue;
    pairs.push({ x: name, y: partner.name, split: known.split });
    groups.set(known.group, pairs);
  }
  return groups;
}
