/** Rules of an object's fields: which schema, if any, a field has, given the fields before it. */
import { didYouMean, fail } from "../base/index.js";
import type { AnyConditional, AnySchema, Field, Node, Rule } from "./types.js";

/** A field's schema as it applies here. */
export interface Active {
  readonly node: Node;
  readonly context: unknown;
}

/** The field's schema and context, or undefined where the field is absent. */
export function resolve(rule: Rule, values: unknown, context: unknown): Active | undefined {
  if (rule.kind === "always") return { node: rule.node, context };
  if (rule.kind === "within") return resolve(rule.inner, values, rule.context(values, context));
  if (rule.test(values, context)) return resolve(rule.yes, values, context);
  return rule.no && resolve(rule.no, values, context);
}

/** Every schema that the rule may lead to, in order of declaration. */
export function arms(rule: Rule): Node[] {
  if (rule.kind === "always") return [rule.node];
  if (rule.kind === "within") return arms(rule.inner);
  return [...arms(rule.yes), ...(rule.no ? arms(rule.no) : [])];
}

/** Names of the fields that the rule reads. */
export function dependencies(rule: Rule): string[] {
  if (rule.kind === "always") return [];
  if (rule.kind === "within") return [...rule.deps, ...dependencies(rule.inner)];
  return [...rule.deps, ...dependencies(rule.yes), ...(rule.no ? dependencies(rule.no) : [])];
}

/** The field may be left out. */
export function optional(rule: Rule): boolean {
  if (rule.kind === "always") return false;
  if (rule.kind === "within") return optional(rule.inner);
  return rule.no === undefined || optional(rule.yes) || optional(rule.no);
}

export function ruleOf(field: AnySchema | AnyConditional): Rule {
  return "rule" in field ? field.rule : { kind: "always", node: field.node };
}

/** Check names and dependencies of an object's fields, and mark those that others depend on. */
export function settleFields(entries: readonly [string, AnySchema | AnyConditional][]): Field[] {
  const rules = entries.map(([name, field]) => ({ name, rule: ruleOf(field) }));
  const pivots = new Set<string>();
  const earlier: string[] = [];
  for (const { name, rule } of rules) {
    // JavaScript puts whole numbers before all other keys, so their order of declaration would be lost.
    if (name === "__proto__" || /^(0|[1-9][0-9]*)$/.test(name)) {
      fail("schema_reserved_field", {
        path: name,
        expected: "a name that is no whole number, nor __proto__",
        received: name,
        hint: `call it field${name}`,
      });
    }
    for (const dep of dependencies(rule)) {
      if (!earlier.includes(dep)) {
        const near = didYouMean(dep, earlier);
        fail("schema_unknown_dependency", {
          path: name,
          expected: `an earlier field (${earlier.join(", ") || "there is none"})`,
          received: dep,
          hint: near ? `did you mean ${near}?` : "declare it before the field that reads it",
        });
      }
      pivots.add(dep);
    }
    earlier.push(name);
  }
  return rules.map(({ name, rule }) => ({ name, rule, pivot: pivots.has(name) }));
}
