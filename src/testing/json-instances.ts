import { canonicalJson, type Json, type Rng } from "../base/index.js";

type Doc = { readonly [key: string]: Json };
type Choice = (count: number) => number;

/** Deepest nesting that is drawn where a schema allows any. */
const DEEPEST = 6;

/**
 * A value of a JSON Schema, as far as one can be made from it alone: what a model knows that is shown nothing else. Fields
 * that are not required are left out; conditions between fields are not in the schema, so some values are no genotypes.
 */
export function instanceOf(schema: Json, rng: Rng): Json {
  return draw(asDoc(schema), asDoc(schema), (n) => rng.int(n), rng, 0);
}

function draw(node: Doc, root: Doc, pick: Choice, rng: Rng, depth: number): Json {
  if (typeof node.$ref === "string") return draw(resolve(node.$ref, root), root, pick, rng, depth + 1);
  if (node.const !== undefined) return node.const;
  if (Array.isArray(node.enum)) return node.enum[pick(node.enum.length)] ?? null;
  const forms = (node.oneOf ?? node.anyOf) as readonly Doc[] | undefined;
  if (forms !== undefined) {
    // Deep down, what does not nest further.
    const flat = forms.filter((it) => !canonicalJson(it).includes("$ref"));
    const open = depth >= DEEPEST && flat.length > 0 ? flat : forms;
    return draw(open[pick(open.length)] ?? {}, root, pick, rng, depth + 1);
  }
  switch (node.type) {
    case "object":
      return Object.fromEntries(
        ((node.required ?? []) as readonly string[]).map((name) => [
          name,
          draw(asDoc(asDoc(node.properties ?? {})[name] ?? {}), root, pick, rng, depth + 1),
        ]),
      );
    case "array": {
      const [least, most] = [Number(node.minItems ?? 0), Number(node.maxItems ?? 3)];
      const length = least + pick(Math.min(most, least + 2) - least + 1);
      const items = Array.from({ length }, () => draw(asDoc(node.items ?? {}), root, pick, rng, depth + 1));
      return node.uniqueItems === true ? [...new Set(items)] : items;
    }
    case "integer": {
      const [least, most, step] = [node.minimum, node.maximum, node.multipleOf ?? 1].map(Number);
      return (least ?? 0) + pick(Math.floor(((most ?? 0) - (least ?? 0)) / (step ?? 1)) + 1) * (step ?? 1);
    }
    case "number":
      return Number(node.minimum) + rng.float() * (Number(node.maximum) - Number(node.minimum));
    case "boolean":
      return pick(2) === 1;
    default:
      return "words";
  }
}

/**
 * Values that differ from one in a single place, in a fixed order: another entry of a list of values, a whole number one step
 * up or down. What the schema says of other places is kept.
 */
export function* variantsOf(value: Json, schema: Json): Generator<Json> {
  yield* vary(value, asDoc(schema), asDoc(schema));
}

function* vary(value: Json, node: Doc, root: Doc): Generator<Json> {
  if (typeof node.$ref === "string") return yield* vary(value, resolve(node.$ref, root), root);
  if (Array.isArray(node.enum)) {
    for (const other of node.enum) if (other !== value) yield other;
    return;
  }
  const forms = (node.oneOf ?? node.anyOf) as readonly Doc[] | undefined;
  if (forms !== undefined) {
    const form = forms.find((it) => fits(value, it));
    if (form !== undefined) yield* vary(value, form, root);
    return;
  }
  if (node.type === "integer" && typeof value === "number") {
    const step = Number(node.multipleOf ?? 1);
    for (const other of [value + step, value - step])
      if (other >= Number(node.minimum) && other <= Number(node.maximum)) yield other;
    return;
  }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const other of vary(item as Json, asDoc(node.items ?? {}), root)) yield value.with(i, other);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const property = asDoc(node.properties ?? {})[name];
    if (property === undefined) continue;
    for (const other of vary(inner as Json, asDoc(property), root)) yield { ...value, [name]: other };
  }
}

/** Whether a value is of a branch: its tag says so. */
function fits(value: Json, form: Doc): boolean {
  if (Array.isArray(form.enum)) return form.enum.includes(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(asDoc(form.properties ?? {})).every(
    ([name, it]) => asDoc(it).const === undefined || asDoc(it).const === (value as Doc)[name],
  );
}

function resolve(ref: string, root: Doc): Doc {
  return asDoc(asDoc(root.$defs ?? {})[ref.split("/").at(-1) ?? ""] ?? {});
}

function asDoc(value: Json): Doc {
  return (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}) as Doc;
}
