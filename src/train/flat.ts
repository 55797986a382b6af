import { sizeOf, type Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";

/** Cut a flat vector into tensors. */
export function unpack(
  g: Builder,
  flat: Value,
  items: readonly { readonly shape: readonly number[] }[],
): Value[] {
  const parts = cut(
    g,
    flat,
    items.map((it) => sizeOf(it.shape)),
  );
  return items.map((it, i) => {
    const part = parts[i];
    if (part === undefined) throw new Error("unreachable: Split has an output for each item");
    return it.shape.length === 1 ? part : g.Reshape(part, g.i64(it.shape));
  });
}

/** Tensors as one flat vector. */
export function pack(g: Builder, tensors: readonly Value[]): Value {
  return join(
    g,
    tensors.map((t) => (t.rank === 1 ? t : g.Reshape(t, g.i64([-1])))),
  );
}

/** A vector in pieces of given lengths. */
export function cut(g: Builder, flat: Value, sizes: readonly number[]): Value[] {
  return sizes.length <= 1 ? [flat] : g.op("Split", [flat, g.i64(sizes)], { axis: 0 }, sizes.length);
}

/** Vectors one after the other. */
export function join(g: Builder, vectors: readonly Value[]): Value {
  const [only] = vectors;
  return vectors.length === 1 && only !== undefined ? only : g.Concat(vectors, { axis: 0 });
}
