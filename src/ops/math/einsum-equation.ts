import { broadcastShapes, type Dim, dim, type Issue, issue, type Shape } from "../../base/index.js";

/** An Einstein sum with a label for every axis; the axes of an ellipsis are `.0`, `.1`, … from the right. */
export interface Contraction {
  readonly terms: readonly (readonly string[])[];
  readonly output: readonly string[];
  /** Length of the axes of each label. */
  readonly sizes: ReadonlyMap<string, Dim>;
}

/**
 * Read an equation (`bij,bjk->bik`, `...ij->...ji`, `ij,jk`) for operands of given shapes. Without an arrow the
 * result has the ellipsis' axes and then, in alphabetical order, the labels that come once.
 */
export function readEquation(equation: string, shapes: readonly Shape[]): Contraction | Issue {
  const [left = "", right, ...more] = equation.replaceAll(/\s/g, "").split("->");
  const inputs = left.split(",");
  if (more.length > 0 || inputs.length !== shapes.length) {
    return issue("einsum_terms", { expected: `an equation with ${shapes.length} terms`, received: equation });
  }
  const terms: string[][] = [];
  const sizes = new Map<string, Dim>();
  let hidden = 0;
  for (const [i, text] of inputs.entries()) {
    const shape = shapes[i] ?? [];
    const [before, after] = splitTerm(text);
    const covered = shape.length - before.length - (after?.length ?? 0);
    if (!/^[A-Za-z]*(\.\.\.[A-Za-z]*)?$/.test(text) || covered < 0 || (after === undefined && covered > 0)) {
      return issue("einsum_rank", {
        expected: `a term for shape ${dim.format(shape)}`,
        received: `"${text}"`,
      });
    }
    hidden = Math.max(hidden, covered);
    const term = [...before, ...ellipsis(covered), ...(after ?? [])];
    for (const [axis, label] of term.entries()) {
      const size = broadcastShapes([sizes.get(label) ?? 1], [shape[axis] ?? 1])?.[0];
      if (size === undefined) {
        return issue("einsum_size", {
          expected: `one length for ${label}`,
          received: `${sizes.get(label)} and ${shape[axis]}`,
        });
      }
      sizes.set(label, size);
    }
    terms.push(term);
  }
  const output = right === undefined ? implicit(terms, hidden) : explicit(right, hidden);
  const stray = output.find((label, i) => !sizes.has(label) || output.indexOf(label) !== i);
  if (stray !== undefined) {
    return issue("einsum_output", {
      expected: "distinct labels of the operands",
      received: `${stray} in ${equation}`,
    });
  }
  return { terms, output, sizes };
}

/** Labels before and after the ellipsis; the latter undefined where there is none. */
function splitTerm(text: string): [string[], string[] | undefined] {
  const [before = "", after] = text.split("...");
  return [[...before], after === undefined ? undefined : [...after]];
}

function ellipsis(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);
}

function explicit(text: string, hidden: number): string[] {
  const [before, after] = splitTerm(text);
  return after === undefined ? before : [...before, ...ellipsis(hidden), ...after];
}

function implicit(terms: readonly (readonly string[])[], hidden: number): string[] {
  const all = terms.flat().filter((label) => !label.startsWith("."));
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  return [...ellipsis(hidden), ...once.sort()];
}

/** An equation of single letters for labelled terms. */
export function writeEquation(terms: readonly (readonly string[])[], output: readonly string[]): string {
  const letters = new Map<string, string>();
  const used = new Set(terms.flat().filter((label) => !label.startsWith(".")));
  const free = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((l) => !used.has(l));
  const letter = (label: string): string => {
    if (!label.startsWith(".")) return label;
    const known = letters.get(label) ?? free.shift() ?? label;
    letters.set(label, known);
    return known;
  };
  const word = (labels: readonly string[]) => labels.map(letter).join("");
  return `${terms.map(word).join(",")}->${word(output)}`;
}

/**
 * Multiply-accumulates where operands are contracted one after the other from the left, each label summed as
 * soon as no later operand and not the output has it.
 */
export function contractionMacs({ terms, output, sizes }: Contraction): Dim {
  let macs: Dim = 0;
  let held = new Set<string>();
  for (const [i, term] of terms.entries()) {
    const joined = new Set([...held, ...term]);
    if (i > 0) macs = dim.add(macs, dim.mul(...[...joined].map((label) => sizes.get(label) ?? 1)));
    const later = new Set([...output, ...terms.slice(i + 1).flat()]);
    held = new Set([...joined].filter((label) => later.has(label)));
  }
  return macs;
}
