/**
 * Symbolic dimensions. A {@link Dim} is a number or the canonical text of a polynomial with integer
 * coefficients over symbols (`N`, `2*N + 1`, `C*N`) and floor divisions (`floor((H + 1)/2)`).
 * Equal dimensions have equal text, so `===` decides equality.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Monomial (atoms joined by `*`, sorted; "" for the constant) to coefficient. */
type Poly = Map<string, number>;

function parse(dim: Dim): Poly {
  if (typeof dim === "number") return new Map(dim === 0 ? [] : [["", dim]]);
  const poly: Poly = new Map();
  for (const term of splitTop(dim.replaceAll(" - ", " + -"), " + ")) {
    let coefficient = 1;
    const atoms: string[] = [];
    for (let factor of splitTop(term, "*")) {
      if (factor.startsWith("-")) {
        coefficient = -coefficient;
        factor = factor.slice(1);
      }
      if (/^\d+$/.test(factor)) coefficient *= Number(factor);
      else if (factor !== "") atoms.push(factor);
    }
    const key = atoms.sort().join("*");
    poly.set(key, (poly.get(key) ?? 0) + coefficient);
  }
  return poly;
}

/** Split at a separator, outside parentheses only. */
function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(start, i));
      start = i + separator.length;
      i = start - 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function print(poly: Poly): Dim {
  const terms = [...poly].filter(([, coefficient]) => coefficient !== 0);
  if (terms.length === 0) return 0;
  const [first] = terms;
  if (terms.length === 1 && first !== undefined && first[0] === "") return first[1];
  // Constant last, monomials in code-point order.
  terms.sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1));
  let text = "";
  for (const [atoms, coefficient] of terms) {
    const size = Math.abs(coefficient);
    const body = atoms === "" ? String(size) : size === 1 ? atoms : `${size}*${atoms}`;
    if (text === "") text = coefficient < 0 ? `-${body}` : body;
    else text += coefficient < 0 ? ` - ${body}` : ` + ${body}`;
  }
  return text;
}

function combine(a: Poly, b: Poly, sign: 1 | -1): Poly {
  const sum = new Map(a);
  for (const [key, coefficient] of b) sum.set(key, (sum.get(key) ?? 0) + sign * coefficient);
  return sum;
}

function multiply(a: Poly, b: Poly): Poly {
  const product: Poly = new Map();
  for (const [ka, ca] of a) {
    for (const [kb, cb] of b) {
      const key = [...(ka === "" ? [] : splitTop(ka, "*")), ...(kb === "" ? [] : splitTop(kb, "*"))]
        .sort()
        .join("*");
      product.set(key, (product.get(key) ?? 0) + ca * cb);
    }
  }
  return product;
}

function floorDiv(a: Dim, by: number): Dim {
  if (typeof a === "number") return Math.floor(a / by);
  if (by === 1) return a;
  const whole: Poly = new Map();
  const rest: Poly = new Map();
  for (const [key, coefficient] of parse(a)) {
    if (coefficient % by === 0) whole.set(key, coefficient / by);
    else if (key === "") {
      // floor((x + c)/by) = floor((x + c mod by)/by) + floor(c/by)
      const quotient = Math.floor(coefficient / by);
      if (quotient !== 0) whole.set("", (whole.get("") ?? 0) + quotient);
      rest.set("", coefficient - quotient * by);
    } else rest.set(key, coefficient);
  }
  const remainder = print(rest);
  if (typeof remainder === "number") return print(combine(whole, parse(Math.floor(remainder / by)), 1));
  return print(combine(whole, new Map([[`floor((${remainder})/${by})`, 1]]), 1));
}

/** Exact quotient of two dimensions, or undefined where it is not known to be whole. */
function divide(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (a === b) return 1;
  if (typeof b === "number") {
    const poly = parse(a);
    return [...poly.values()].every((c) => c % b === 0) ? floorDiv(a, b) : undefined;
  }
  const divisor = [...parse(b)];
  const [only] = divisor;
  if (divisor.length !== 1 || only === undefined) return undefined;
  const [bKey, bCoefficient] = only;
  const quotient: Poly = new Map();
  for (const [key, coefficient] of parse(a)) {
    const atoms = splitTop(key, "*");
    for (const atom of splitTop(bKey, "*")) {
      const at = atoms.indexOf(atom);
      if (at < 0) return undefined;
      atoms.splice(at, 1);
    }
    if (coefficient % bCoefficient !== 0) return undefined;
    quotient.set(atoms.join("*"), coefficient / bCoefficient);
  }
  return print(quotient);
}

/** Bind symbols to numbers; unknown symbols stay. */
function substitute(a: Dim, bindings: Readonly<Record<string, number>>): Dim {
  if (typeof a === "number") return a;
  let sum: Dim = 0;
  for (const [key, coefficient] of parse(a)) {
    let term: Dim = coefficient;
    for (const atom of key === "" ? [] : splitTop(key, "*")) term = dim.mul(term, bindAtom(atom, bindings));
    sum = dim.add(sum, term);
  }
  return sum;
}

function bindAtom(atom: string, bindings: Readonly<Record<string, number>>): Dim {
  const floor = /^floor\(\((.*)\)\/(\d+)\)$/.exec(atom);
  if (floor?.[1] !== undefined) return floorDiv(substitute(floor[1], bindings), Number(floor[2]));
  return bindings[atom] ?? atom;
}

let fresh = 0;

/** Arithmetic on dimensions. */
export const dim = {
  add: (...dims: Dim[]): Dim =>
    dims.every((d) => typeof d === "number")
      ? dims.reduce((a: number, b) => a + (b as number), 0)
      : print(dims.map(parse).reduce((a, b) => combine(a, b, 1), new Map())),
  sub: (a: Dim, b: Dim): Dim =>
    typeof a === "number" && typeof b === "number" ? a - b : print(combine(parse(a), parse(b), -1)),
  mul: (...dims: Dim[]): Dim =>
    dims.every((d) => typeof d === "number")
      ? dims.reduce((a: number, b) => a * (b as number), 1)
      : print(dims.map(parse).reduce(multiply, new Map([["", 1]]))),
  /** floor(a / by), `by` a positive integer. */
  floorDiv,
  /** ceil(a / by), `by` a positive integer. */
  ceilDiv: (a: Dim, by: number): Dim => floorDiv(dim.add(a, by - 1), by),
  divide,
  /** Known to be equal for every binding. */
  equal: (a: Dim, b: Dim): boolean => a === b,
  /** Known to differ for every binding: the difference is a non-zero number. */
  conflict: (a: Dim, b: Dim): boolean => {
    const difference = dim.sub(a, b);
    return typeof difference === "number" && difference !== 0;
  },
  substitute,
  /** Number of elements of a shape. */
  size: (shape: Shape): Dim => dim.mul(...shape),
  /** A symbol that nobody else uses, for a length that only the run decides. */
  unknown: (): string => `unk__${fresh++}`,
  isStatic: (shape: Shape): shape is readonly number[] => shape.every((d) => typeof d === "number"),
  format: (shape: Shape): string => `[${shape.join(", ")}]`,
};

/** Shape of two operands under ONNX (NumPy) broadcasting; undefined where they cannot be broadcast. */
export function broadcastShapes(a: Shape, b: Shape): Dim[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const da = a[a.length - rank + i] ?? 1;
    const db = b[b.length - rank + i] ?? 1;
    if (da === 1) out.push(db);
    else if (db === 1 || da === db) out.push(da);
    else if (dim.conflict(da, db)) return undefined;
    // One is symbolic and the other a number above one: only that number can be right.
    else if (typeof da === "number") out.push(da);
    else if (typeof db === "number") out.push(db);
    // Two different symbols: either may turn out to be 1, so that the result is the other.
    else out.push(dim.unknown());
  }
  return out;
}

/** Largest of a list of shapes under broadcasting. */
export function broadcastAll(shapes: readonly Shape[]): Dim[] | undefined {
  let out: Dim[] | undefined = [];
  for (const shape of shapes) {
    if (out === undefined) return undefined;
    out = broadcastShapes(out, shape);
  }
  return out;
}
