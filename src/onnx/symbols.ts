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
    if (isExpression(text) && dim.add(text) === text && !this.used.has(text)) return text;
    const base = text.replaceAll(/[^A-Za-z0-9_.]+/g, "_").replace(/^(?=[0-9.]|$)/, "d_");
    let name = base;
    for (let i = 1; this.used.has(name); i++) name = `${base}_${i}`;
    return name;
  }
}

/**
 * True for sums of products of names, whole numbers and floor divisions, as `dim` writes them:
 * `term ((" + " | " - ") term)*` with `term = ["-"] factor ("*" factor)*`.
 */
function isExpression(text: string): boolean {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    const found = pattern.exec(text.slice(at));
    if (found !== null) at += found[0].length;
    return found !== null;
  };
  const factor = (): boolean =>
    take(/^floor\(\(/) ? sum() && take(/^\)\/\d+\)/) : take(/^[A-Za-z_][\w.]*/) || take(/^\d+/);
  const term = (): boolean => {
    take(/^-/);
    do if (!factor()) return false;
    while (take(/^\*/));
    return true;
  };
  const sum = (): boolean => {
    do if (!term()) return false;
    while (take(/^ [+-] /));
    return true;
  };
  return sum() && at === text.length;
}
