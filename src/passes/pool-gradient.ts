import { type Node, ONNX_DTYPE, type Value } from "../ir/index.js";
import { type Builder, opOf, readAttributes } from "../ops/index.js";
import type { Producers } from "./filter-gradients.js";

/** The gradient of the input of a `MaxPool` whose windows cover the input without overlap. */
export interface PoolGradient {
  readonly x: Value;
  readonly dy: Value;
  readonly kernel: readonly number[];
  /** The pool with indices, which differentiation made for itself. */
  readonly pool: Node;
}

/** Whether a node ends what `MaxPool`'s gradient writes: dy added up at the indices, in the shape of x. */
export function poolGradient(node: Node, producers: Producers): PoolGradient | undefined {
  const by = (opType: string, v: Value | undefined) => {
    const made = v && producers.get(v);
    return made?.opType === opType && made.domain === "" ? made : undefined;
  };
  if (node.opType !== "Reshape" || node.domain !== "") return undefined;
  const scatter = by("ScatterElements", node.inputs[0]);
  const indices = by("Reshape", scatter?.inputs[1])?.inputs[0];
  const dy = by("Reshape", scatter?.inputs[2])?.inputs[0];
  const pool = by("MaxPool", indices);
  const [x] = pool?.inputs ?? [];
  if (dy === undefined || pool === undefined || x === undefined || pool.outputs[1] !== indices)
    return undefined;
  if (by("ConstantOfShape", scatter?.inputs[0]) === undefined || !covers(pool, x)) return undefined;
  const attrs = readAttributes(opOf("MaxPool").attributes, pool.attributes);
  return { x, dy, pool, kernel: attrs.kernel_shape as readonly number[] };
}

/** Whether the windows of a pool stand side by side and leave no rest. */
export function covers(pool: Node, x: Value): boolean {
  if (x.rank !== 4 || !x.shape.every((d) => typeof d === "number")) return false;
  const attrs = readAttributes(opOf("MaxPool").attributes, pool.attributes);
  const kernel = attrs.kernel_shape as readonly number[];
  const list = (value: unknown) => (value as readonly number[] | undefined) ?? [];
  return (
    attrs.auto_pad === "NOTSET" &&
    list(attrs.strides).join() === kernel.join() &&
    list(attrs.pads).every((p) => p === 0) &&
    list(attrs.dilations).every((d) => d === 1) &&
    kernel.every((k, i) => (x.dims[i + 2] ?? 1) % k === 0)
  );
}

/**
 * The same on blocks of channels. The places of the windows are split into one tensor for each place of the
 * kernel; in their order, what equals the maximum takes the gradient, and leaves nothing to those behind it.
 */
export function takeMaxima(
  g: Builder,
  x: Value,
  y: Value,
  dy: Value,
  kernel: readonly number[],
  block: number,
): Value {
  const [down = 1, across = 1] = kernel;
  const [n = 1, c = 1, , columns = 1] = y.dims;
  const rows = (n * c * (y.dims[2] ?? 1)) / block;
  const flat = (v: Value) => g.Reshape(v, g.i64([rows, 1, columns, block]));
  const lines = split(g, g.Reshape(x, g.i64([rows, down, columns, across * block])), 1, down);
  const places = lines.flatMap((line) => split(g, line, 3, across));
  const top = flat(y);
  let rest = flat(dy);
  const taken = places.map((place, k) => {
    // Whatever no other place has taken is the last one's.
    if (k === places.length - 1) return rest;
    const here = g.Mul(rest, g.Cast(g.Equal(place, top), { to: ONNX_DTYPE.float32 }));
    rest = g.Sub(rest, here);
    return here;
  });
  const joined = lines.map((_, i) => join(g, taken.slice(i * across, (i + 1) * across), 3));
  return g.Reshape(join(g, joined, 1), g.i64(x.dims));
}

function split(g: Builder, v: Value, axis: number, parts: number): Value[] {
  if (parts === 1) return [v];
  const length = (v.dims[axis] ?? parts) / parts;
  const lengths = new Array<number>(parts).fill(length);
  return g.op("Split", [v, g.i64(lengths)], { axis }, parts);
}

function join(g: Builder, parts: readonly Value[], axis: number): Value {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : g.Concat([...parts], { axis });
}
