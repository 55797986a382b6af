/** A flat list of everything that a space decides, for people. */
import { arms } from "./rule.js";
import type { Node, Scalar, Schema } from "./types.js";

/** One decision of a space. */
export interface Decision {
  /** Where in the genotype: `stages/*` is an item of a list, `block:conv/kernel` a field of a branch. */
  readonly path: string;
  /** `object` stands for a group that has a description or refinements of its own. */
  readonly kind: "choice" | "int" | "real" | "subset" | "repeat" | "lazy" | "object";
  /** Values or names of branches, of `choice` and `subset`. */
  readonly choices?: readonly Scalar[];
  /** Relative frequencies of the choices, where they are not all the same. */
  readonly weights?: readonly number[];
  /** Least and greatest value, size or length. */
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly log?: boolean;
  /** Nesting bound of a recursive schema. */
  readonly maxDepth?: number;
  /** Whether the decision exists depends on others, or on the context. */
  readonly conditional: boolean;
  readonly description?: string;
  /** What its refinements expect. */
  readonly refinements: readonly string[];
}

/** All decisions of a space, outer ones first; a recursive schema is entered once, where it comes first. */
export function decisions<T>(schema: Schema<T>): Decision[] {
  const found: Decision[] = [];
  visit(schema.node, "", false, new Set(), found);
  return found;
}

function visit(
  node: Node,
  path: string,
  conditional: boolean,
  entered: Set<object>,
  found: Decision[],
): void {
  const common = {
    path,
    conditional,
    description: node.description,
    refinements: node.refinements.map((it) => it.message),
  };
  const told = node.description !== undefined || node.refinements.length > 0;
  switch (node.kind) {
    case "choice": {
      const { weights } = node;
      found.push({ ...common, kind: "choice", choices: node.alternatives.map((it) => it.name), weights });
      for (const it of node.alternatives) {
        if (it.kind === "branch") visit(it.body, `${path}:${it.name}`, conditional, entered, found);
      }
      return;
    }
    case "object":
      if (told) found.push({ ...common, kind: "object" });
      for (const { name, rule } of node.fields) {
        const inside = path === "" ? name : `${path}/${name}`;
        for (const arm of arms(rule)) visit(arm, inside, conditional || rule.kind === "when", entered, found);
      }
      return;
    case "int":
      found.push({ ...common, kind: "int", min: node.min, max: node.max, step: node.step, log: node.log });
      return;
    case "real":
      found.push({ ...common, kind: "real", min: node.min, max: node.max, log: node.log });
      return;
    case "subset":
      found.push({ ...common, kind: "subset", choices: node.items, min: node.min, max: node.max });
      return;
    case "repeat":
      found.push({ ...common, kind: "repeat", min: node.min, max: node.max });
      visit(node.item, path === "" ? "*" : `${path}/*`, conditional, entered, found);
      return;
    case "lazy":
      found.push({ ...common, kind: "lazy", maxDepth: node.maxDepth });
      if (!entered.has(node.identity)) {
        entered.add(node.identity);
        visit(node.inner(), path, conditional, entered, found);
      }
      return;
    case "bind":
      visit(node.inner, path, conditional, entered, found);
  }
}

/** One line of a decision, e.g. `stages/*:conv/kernel  one of 3, 5, 7`. */
export function formatDecision(it: Decision): string {
  const range = `${it.min}..${it.max}`;
  const what = {
    choice: () =>
      `one of ${it.choices?.map((name, i) => (it.weights ? `${name} (${Number(it.weights[i]?.toPrecision(3))})` : name)).join(", ")}`,
    subset: () => `${range} of ${it.choices?.join(", ")}`,
    int: () => `integer ${range}${it.step === 1 ? "" : ` step ${it.step}`}${it.log ? " log" : ""}`,
    real: () => `number ${range}${it.log ? " log" : ""}`,
    repeat: () => `list of ${range}`,
    lazy: () => `recursive, up to ${it.maxDepth} levels`,
    object: () => "group",
  }[it.kind]();
  const notes = [it.conditional ? "conditional" : "", ...it.refinements, it.description ?? ""].filter(
    Boolean,
  );
  return `${it.path || "(root)"}  ${what}${notes.length > 0 ? `  (${notes.join("; ")})` : ""}`;
}
