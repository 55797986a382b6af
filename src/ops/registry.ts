import { didYouMean, fail } from "../base/index.js";
import type { OpDefinition } from "./define.js";

const registry = new Map<string, OpDefinition>();

export function registerOps(definitions: readonly OpDefinition[]): void {
  for (const definition of definitions) registry.set(definition.type, definition);
}

export function findOp(type: string): OpDefinition | undefined {
  return registry.get(type);
}

/** The operator of a name; fails with the nearest name where there is none. */
export function opOf(type: string): OpDefinition {
  const definition = registry.get(type);
  if (definition !== undefined) return definition;
  const near = didYouMean(type, [...registry.keys()]);
  return fail("operator_unknown", {
    path: type,
    expected: "an operator that has a definition here",
    hint: near
      ? `did you mean ${near}?`
      : "the file can still be read and written; it cannot be analysed or trained",
  });
}

export function allOps(): readonly OpDefinition[] {
  return [...registry.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}
