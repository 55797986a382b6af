/** Checks of a declaration, made once when a schema is written down. */
import { fail } from "../base/index.js";
import type { Scalar } from "./types.js";

/** An integer between bounds. */
export function whole(what: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  fail("schema_bounds", {
    path: what,
    expected:
      max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer in ${min}..${max}`,
    received: String(value),
  });
}

/** A finite range, positive where its logarithm is taken. */
export function checkedRange(what: string, min: number, max: number, log: boolean): void {
  if (!(Number.isFinite(min) && Number.isFinite(max) && min <= max && Number.isFinite(max - min))) {
    fail("schema_bounds", { path: what, expected: "finite min <= max", received: `min ${min}, max ${max}` });
  }
  if (log && min <= 0) {
    fail("schema_bounds", {
      path: what,
      expected: "min above 0 for a logarithmic scale",
      received: `min ${min}`,
      hint: "drop log, or move min",
    });
  }
}

/** Position of each of a list of different scalars. */
export function checkedList(what: string, names: readonly Scalar[]): ReadonlyMap<Scalar, number> {
  if (names.length === 0) {
    fail("schema_empty", { path: what, expected: "at least one alternative", received: "none" });
  }
  const positions = new Map<Scalar, number>();
  for (const [position, name] of names.entries()) {
    if (typeof name === "number" && !Number.isFinite(name)) {
      fail("schema_scalar", { path: what, expected: "JSON scalars", received: String(name) });
    }
    if (positions.has(name)) {
      fail("schema_duplicate", {
        path: what,
        expected: "different alternatives",
        received: `${JSON.stringify(name)} twice`,
        hint: "use weights to make one more frequent",
      });
    }
    positions.set(name, position);
  }
  return positions;
}

/** Weights in the order of the alternatives. */
export function checkedWeights(
  names: readonly Scalar[],
  weights: readonly number[] | { readonly [op: string]: number | undefined },
): readonly number[] {
  const bad = (received: string, expected = "finite weights of at least 0, not all 0") =>
    fail("schema_weights", { path: "oneOf weights", expected, received });
  let list: number[];
  if (Array.isArray(weights)) {
    if (weights.length !== names.length) bad(`${weights.length} weights`, `${names.length} weights`);
    list = [...weights];
  } else {
    const record = new Map(Object.entries(weights));
    for (const key of record.keys()) {
      if (!names.includes(key)) bad(key, `names among ${names.join(", ")}`);
    }
    list = names.map((name) => record.get(String(name)) ?? 1);
  }
  for (const weight of list) if (!(Number.isFinite(weight) && weight >= 0)) bad(String(weight));
  if (!list.some((weight) => weight > 0)) bad("all 0");
  return list;
}
