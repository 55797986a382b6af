import { canonicalJson, type Rng } from "../../base/index.js";
import { crossover, mutate, type Schema } from "../../schema/index.js";
import type { Element } from "./element.js";
import type { Ranked } from "./pool.js";

/** One change of a decision, by its type. */
export interface Edit {
  readonly kind: "replace" | "raise" | "lower" | "insert" | "remove";
  /** Where: `stages/2/kernel`. */
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** A design of the grammar, with the words that its edits and the figures of the pool give. */
export interface GrammarDesign {
  readonly genotype: unknown;
  readonly name: string;
  readonly motivation: string;
  readonly edits: readonly Edit[];
}

/** Productions and how often each is taken, where all can be. */
const PRODUCTIONS = { edit: 6, "two edits": 2, graft: 2 } as const;
/** Designs that are compared by what the pool says of their edits. */
const COMPARED = 4;
/** How often the best of them is taken, and not simply the first. */
const TRUST = 0.5;

/**
 * A child of a parent by the grammar: one edit, two edits, or a graft of a reference's decisions; every child is a point of
 * the space. Half the time the most promising of a few is taken: the one whose new values stand in fitter members of the
 * pool than the values that they replace.
 */
export function grow(
  schema: Schema<unknown>,
  parent: Ranked,
  references: readonly Ranked[],
  pool: readonly Ranked[],
  rng: Rng,
): GrammarDesign {
  const children = Array.from({ length: COMPARED }, (_, i) =>
    derive(schema, parent.element, references, rng.fork("child", i)),
  );
  const [first] = children;
  if (first === undefined) throw new RangeError("no children to compare");
  const members = pool.map((it) => ({ fitness: it.fitness, values: leavesOf(it.element.genotype) }));
  const rated = children.map((child) => ({ child, evidence: evidenceOf(child.edits, members) }));
  const promising = rated.reduce((a, b) => (b.evidence > a.evidence ? b : a));
  const taken =
    rng.float() < TRUST ? promising : { child: first, evidence: evidenceOf(first.edits, members) };
  const { genotype, production, edits } = taken.child;
  return {
    genotype,
    edits,
    name: nameOf(edits, production),
    motivation: motivationOf(edits, production, parent.element, taken.evidence),
  };
}

interface Child {
  readonly genotype: unknown;
  readonly production: keyof typeof PRODUCTIONS;
  readonly edits: readonly Edit[];
}

function derive(schema: Schema<unknown>, parent: Element, references: readonly Ranked[], rng: Rng): Child {
  const names = (Object.keys(PRODUCTIONS) as (keyof typeof PRODUCTIONS)[]).filter(
    (it) => it !== "graft" || references.length > 0,
  );
  const production = names[rng.weighted(names.map((it) => PRODUCTIONS[it]))] ?? "edit";
  let genotype: unknown;
  if (production === "graft") {
    genotype = crossover(schema, parent.genotype, rng.pick(references).element.genotype, rng);
  }
  if (genotype === undefined || canonicalJson(genotype) === canonicalJson(parent.genotype))
    genotype = mutate(schema, parent.genotype, rng, { strength: production === "two edits" ? 2 : 1 });
  return { genotype, production, edits: editsBetween(parent.genotype, genotype) };
}

/** What changed between two genotypes, decision by decision. */
export function editsBetween(before: unknown, after: unknown): Edit[] {
  const [a, b] = [leavesOf(before), leavesOf(after)];
  const edits: Edit[] = [];
  for (const [path, from] of a) {
    if (!b.has(path)) edits.push({ kind: "remove", path, from });
    else if (b.get(path) !== from) edits.push(changed(path, from, b.get(path)));
  }
  for (const [path, to] of b) if (!a.has(path)) edits.push({ kind: "insert", path, to });
  return edits;
}

function changed(path: string, from: unknown, to: unknown): Edit {
  if (typeof from !== "number" || typeof to !== "number") return { kind: "replace", path, from, to };
  return { kind: to > from ? "raise" : "lower", path, from, to };
}

/** Scalars of a genotype by their path. */
export function leavesOf(value: unknown, path = "", into = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== "object" || value === null) return into.set(path, value);
  for (const [key, inner] of Object.entries(value))
    leavesOf(inner, path === "" ? key : `${path}/${key}`, into);
  return into;
}

/** How much fitter members with the new values are than members with the old ones; 0 where the pool does not say. */
function evidenceOf(
  edits: readonly Edit[],
  members: readonly { readonly fitness: number; readonly values: ReadonlyMap<string, unknown> }[],
): number {
  let sum = 0;
  for (const { path, from, to } of edits) {
    const mean = (value: unknown) => {
      const having = members.filter((it) => it.values.get(path) === value);
      return having.length === 0
        ? undefined
        : having.reduce((total, it) => total + it.fitness, 0) / having.length;
    };
    const [old, now] = [mean(from), mean(to)];
    if (old !== undefined && now !== undefined) sum += now - old;
  }
  return edits.length === 0 ? 0 : sum / edits.length;
}

const SHOWN = 4;

export function editsInWords(edits: readonly Edit[]): string {
  const words = edits.slice(0, SHOWN).map(({ kind, path, from, to }) => {
    if (kind === "insert") return `insert ${path} = ${String(to)}`;
    if (kind === "remove") return `remove ${path} (was ${String(from)})`;
    return `${kind} ${path} from ${String(from)} to ${String(to)}`;
  });
  const more = edits.length > SHOWN ? [`${edits.length - SHOWN} more edits`] : [];
  return words.length === 0 ? "no edit" : [...words, ...more].join("; ");
}

function nameOf(edits: readonly Edit[], production: string): string {
  const [first] = edits;
  const what = first === undefined ? "same" : `${first.kind}_${first.path}_${String(first.to ?? "")}`;
  return `${production.replace(" ", "_")}_${what}`.replace(/[^a-z0-9_]+/gi, "_").slice(0, 60);
}

function motivationOf(edits: readonly Edit[], production: string, parent: Element, evidence: number): string {
  const from = production === "graft" ? "a graft from a reference" : `${production} of the parent`;
  const because =
    evidence === 0
      ? "The pool does not say yet what that changes."
      : `In the pool, members with the new values are ${Math.abs(evidence).toFixed(3)} ${evidence > 0 ? "fitter" : "less fit"} on average.`;
  return `By the grammar, ${from} (trial ${parent.trial}): ${editsInWords(edits)}. ${because}`;
}
