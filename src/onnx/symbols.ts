import { type Dim, dim } from "../base/index.js";

const UNKNOWN = new Set(["", "?", "*", "None", "none", "-1"]);
const MAX_TEXT = 200;

/**
 * Turns the free texts that ONNX files give as symbolic dimensions into {@link Dim}s. Texts that are
 * canonical already stay; markers of "not known" become symbols of their own each time; anything that
 * arithmetic on dimensions would misread gets a safe name, one per text. One table a scope of symbols
 * (a model, a call of a function).
 */
export class Symbols {
  private readonly known = new Map<string, Dim>();
  private readonly used = new Set<string>();

  /** @param local Symbols mean something within this table only, so each gets a fresh name. */
  constructor(private readonly local = false) {}

  of(text: string): Dim {
    if (UNKNOWN.has(text)) return dim.unknown();
    const seen = this.known.get(text);
    if (seen !== undefined) return seen;
    const made = this.make(text);
    this.known.set(text, made);
    if (typeof made === "string") this.used.add(made);
    return made;
  }

  private make(text: string): Dim {
    // A name that `dim.unknown` gives out: another process gave it, here it may mean something else.
    if (this.local || text.length > MAX_TEXT || /\bunk__\d+\b/.test(text)) return dim.unknown();
    if (isCanonical(text)) return text;
    const base = text.replaceAll(/[^A-Za-z0-9_.]+/g, "_").replace(/^(?=[0-9.]|$)/, "d_");
    let name = base;
    for (let i = 1; this.used.has(name); i++) name = `${base}_${i}`;
    return name;
  }
}

/** True for texts that `dim` writes itself: names, and polynomials of names in canonical form. */
function isCanonical(text: string): boolean {
  if (/^[A-Za-z_][\w.]*$/.test(text)) return true;
  if (!/^[\w.+\-*()/ ]+$/.test(text) || !isBalanced(text)) return false;
  // Each atom must be a name; what floor() holds is checked as an expression of its own.
  const bare = text.replaceAll(/floor\(\(|\)\/\d+\)/g, " ");
  if (!bare.split(/ [+-] |[*\s]+|^-/).every((atom) => /^(\d+|[A-Za-z_][\w.]*)?$/.test(atom))) return false;
  return dim.add(text) === text;
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const c of text) {
    if (c === "(") depth++;
    else if (c === ")" && --depth < 0) return false;
  }
  return depth === 0;
}
