/** Is a JSON value a genotype of a schema, and if not, what is wrong and where? */
import { didYouMean, type Issue, issue, unwrap } from "../base/index.js";
import { enter } from "./depth.js";
import { latticeIndex } from "./numeric.js";
import { resolve } from "./rule.js";
import type {
  Alternative,
  ChoiceNode,
  IntNode,
  Node,
  ObjectNode,
  RealNode,
  Refinement,
  RepeatNode,
  Schema,
  SubsetNode,
} from "./types.js";

/** The value itself, typed, or the first thing that is wrong with it, with its path. */
export function validate<T>(schema: Schema<T>, value: unknown): T | Issue {
  return check(schema.node, value, undefined, Number.POSITIVE_INFINITY) ?? (value as T);
}

/** As {@link validate}, but throws. `path` names where the value came from. */
export function parse<T>(schema: Schema<T>, value: unknown, path?: string): T {
  return unwrap(validate(schema, value), path);
}

/** What is wrong with a value of a node in its place; undefined where nothing is. */
export function check(node: Node, value: unknown, context: unknown, left: number): Issue | undefined {
  return shape(node, value, context, left) ?? refined(node.refinements, value, context);
}

function refined(refinements: readonly Refinement[], value: unknown, context: unknown): Issue | undefined {
  for (const refinement of refinements) {
    if (!refinement.check(value, context)) {
      return issue("genotype_refinement", { expected: refinement.message, received: show(value) });
    }
  }
  return undefined;
}

function shape(node: Node, value: unknown, context: unknown, left: number): Issue | undefined {
  switch (node.kind) {
    case "choice":
      return checkChoice(node, value, context, left);
    case "object":
      if (!isRecord(value)) return wrong("an object", value);
      return checkObject(node, value, undefined, context, left);
    case "int":
    case "real":
      return checkNumber(node, value);
    case "subset":
      return checkSubset(node, value);
    case "repeat":
      return checkRepeat(node, value, context, left);
    case "lazy": {
      const inside = enter(node, left);
      if (inside >= 0) return check(node.inner(), value, context, inside);
      return issue("genotype_depth", {
        expected: `at most ${node.maxDepth} levels of recursion`,
        received: "one more",
        hint: "raise maxDepth, or use a shallower value",
      });
    }
    case "bind":
      return check(node.inner, value, node.context, left);
  }
}

/** The same issue, seen from one level up. */
function at(segment: string | number, it: Issue | undefined): Issue | undefined {
  if (it === undefined) return undefined;
  return issue(it.code, { ...it, path: it.path === undefined ? String(segment) : `${segment}/${it.path}` });
}

function wrong(expected: string, value: unknown): Issue {
  return issue("genotype_type", { expected, received: show(value) });
}

/** Short text of any value, for messages. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  text ??= typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The alternative that a value belongs to, by the value itself or by its tag. */
export function alternativeOf(node: ChoiceNode, value: unknown): Alternative | undefined {
  if (isRecord(value)) {
    for (const tag of ["op", "branch"] as const) {
      const name = Object.hasOwn(value, tag) ? value[tag] : undefined;
      if (typeof name !== "string" && typeof name !== "number") continue;
      const found = node.alternatives[node.positions.get(name) ?? -1];
      if (found?.kind === "branch" && found.tag === tag) return found;
    }
    return undefined;
  }
  const found = isScalar(value) ? node.alternatives[node.positions.get(value) ?? -1] : undefined;
  return found?.kind === "value" ? found : undefined;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return (
    value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  );
}

function checkChoice(node: ChoiceNode, value: unknown, context: unknown, left: number): Issue | undefined {
  const alternative = alternativeOf(node, value);
  if (alternative === undefined) return unknownChoice(node, value);
  if (node.allow && !node.allow(alternative.name, context)) {
    return issue("genotype_not_allowed", {
      expected: "an alternative that exists in this context",
      received: show(alternative.name),
    });
  }
  if (alternative.kind === "value" || !isRecord(value)) return undefined;
  const { body, tag } = alternative;
  return checkObject(body, value, tag, context, left) ?? refined(body.refinements, value, context);
}

const LISTED = 12;

function unknownChoice(node: ChoiceNode, value: unknown): Issue {
  const branches = node.alternatives.filter((it) => it.kind === "branch");
  const tag = branches[0]?.tag;
  const names = node.alternatives.map((it) =>
    it.kind === "value" ? show(it.name) : `{ ${it.tag}: ${show(it.name)} }`,
  );
  const more = names.length > LISTED ? `, ... (${names.length} in all)` : "";
  const given = isRecord(value) && tag !== undefined ? value[tag] : value;
  const known = node.alternatives.map((it) => String(it.name));
  const near = typeof given === "string" ? didYouMean(given, known) : undefined;
  const nearest = node.alternatives.find((it) => String(it.name) === near);
  return issue("genotype_choice", {
    path: isRecord(value) && tag !== undefined ? tag : undefined,
    expected: `${names.length === 1 ? "" : "one of "}${names.slice(0, LISTED).join(", ")}${more}`,
    received: show(given),
    hint: nearest && `did you mean ${show(nearest.name)}?`,
  });
}

function checkObject(
  node: ObjectNode,
  value: Readonly<Record<string, unknown>>,
  tag: string | undefined,
  context: unknown,
  left: number,
): Issue | undefined {
  let known = tag === undefined ? 0 : 1;
  for (const { name, rule } of node.fields) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    let found: Issue | undefined;
    if (rule.kind === "always") {
      if (given === undefined) return missing(name);
      found = check(rule.node, given, context, left);
    } else {
      const active = resolve(rule, value, context);
      if (active === undefined) {
        if (given === undefined) continue;
        return issue("genotype_unexpected", {
          path: name,
          expected: "nothing, since the condition of this field does not hold",
          received: show(given),
          hint: "leave the field out",
        });
      }
      if (given === undefined) return missing(name);
      found = check(active.node, given, active.context, left);
    }
    if (found !== undefined) return at(name, found);
    known++;
  }
  let seen = 0;
  for (const key in value) if (value[key] !== undefined) seen++;
  return seen === known ? undefined : unknownField(node, value, tag);
}

function missing(name: string): Issue {
  return issue("genotype_missing", { path: name, expected: "a decision", received: "nothing" });
}

function unknownField(node: ObjectNode, value: Readonly<Record<string, unknown>>, tag?: string): Issue {
  const stray = Object.keys(value).find(
    (key) => key !== tag && value[key] !== undefined && !node.names.has(key),
  );
  const names = [...node.names];
  const near = didYouMean(stray ?? "", names);
  return issue("genotype_unknown_field", {
    path: stray,
    expected: names.length > 0 ? `fields among ${names.join(", ")}` : "no further field",
    received: stray,
    hint: near ? `did you mean ${near}?` : "leave the field out",
  });
}

function checkNumber(node: IntNode | RealNode, value: unknown): Issue | undefined {
  const noun = node.kind === "int" ? "an integer" : "a number";
  if (typeof value !== "number") return wrong(noun, value);
  const inside =
    node.kind === "int" ? latticeIndex(node, value) >= 0 : value >= node.min && value <= node.max;
  if (inside) return undefined;
  const steps = node.kind === "int" && node.step > 1 ? ` in steps of ${node.step}` : "";
  return issue("genotype_range", {
    expected: `${noun} in ${node.min}..${node.max}${steps}`,
    received: String(value),
  });
}

function checkSubset(node: SubsetNode, value: unknown): Issue | undefined {
  if (!Array.isArray(value)) return wrong("a list of chosen items", value);
  const length = checkLength(value.length, node.min, node.max);
  if (length) return length;
  let last = -1;
  for (const [i, item] of value.entries()) {
    const position = isScalar(item) ? node.positions.get(item) : undefined;
    if (position === undefined) {
      const near = typeof item === "string" ? didYouMean(item, node.items.map(String)) : undefined;
      return issue("genotype_choice", {
        path: String(i),
        expected: `one of ${node.items.slice(0, LISTED).map(show).join(", ")}`,
        received: show(item),
        hint: near && `did you mean ${near}?`,
      });
    }
    if (position <= last) {
      return issue("genotype_order", {
        path: String(i),
        expected: "different items in the order of declaration",
        received: show(item),
        hint: "a set has one spelling, so that equal sets have equal hashes",
      });
    }
    last = position;
  }
  return undefined;
}

function checkLength(length: number, min: number, max: number): Issue | undefined {
  if (length >= min && length <= max) return undefined;
  return issue("genotype_length", {
    expected: min === max ? `${min} items` : `${min} to ${max} items`,
    received: `${length}`,
  });
}

function checkRepeat(node: RepeatNode, value: unknown, context: unknown, left: number): Issue | undefined {
  if (!Array.isArray(value)) return wrong("a list", value);
  const length = checkLength(value.length, node.min, node.max);
  if (length) return length;
  for (let i = 0; i < value.length; i++) {
    const inside = node.context ? node.context(value.slice(0, i), context) : context;
    const found = check(node.item, value[i], inside, left);
    if (found !== undefined) return at(i, found);
  }
  return undefined;
}
